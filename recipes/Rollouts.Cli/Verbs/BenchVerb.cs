using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts bench engine | pipeline | tokenizer</c></summary>
internal static class BenchVerb
{
    public static Command Create() => new("bench", "Measures against this machine's limits.") { Engine(), Pipeline(), Tokenizer() };

    private static Command Engine()
    {
        var dtype = GenerationVerb.DtypeOption();
        var batches = new Option<int[]>("--batch") { Description = "Sequences. Default 1, 8 and 32.", DefaultValueFactory = _ => [1, 8, 32], AllowMultipleArgumentsPerToken = true };
        var steps = new Option<int>("--steps") { Description = "Steps measured. Default 60.", DefaultValueFactory = _ => 60 };
        var deterministic = new Option<bool>("--deterministic") { Description = "Deterministic mode against normal mode instead." };
        var command = new Command("engine", "Decode steps of a 135M-parameter Llama against their bare matrix products.") { dtype, batches, steps, deterministic };
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
        {
            Func<ModelDtype, IReadOnlyList<int>, int, IEnumerable<string>> run = parsed.GetValue(deterministic) ? DeterminismBenchmark.Run : EngineBenchmark.Run;
            foreach (var line in run(parsed.GetValue(dtype), parsed.GetValue(batches)!, parsed.GetValue(steps))) Console.Out.WriteLine(line);
            return Task.FromResult(ExitCode.Done);
        }));
        return command;
    }

    private static Command Pipeline()
    {
        var model = new Option<string>("--model") { Description = "A folder with a tokenizer. Default: the tiny model beside this checkout's recipes.", DefaultValueFactory = _ => "recipes/models/tiny-arithmetic" };
        var rollouts = new Option<int>("--rollouts") { Description = "Rollouts measured. Default 200000.", DefaultValueFactory = _ => 200_000 };
        var command = new Command("pipeline", "The whole graph on the synthetic engine, from prompts to committed Parquet.") { model, rollouts };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            Console.Out.WriteLine(await PipelineBenchmark.RunAsync(parsed.GetValue(model)!, parsed.GetValue(rollouts), cancellationToken));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Tokenizer()
    {
        var model = GenerationVerb.ModelOption();
        var input = new Option<string>("--input") { Description = """JSON Lines of {"text"}.""", Required = true };
        var command = new Command("tokenizer", "How fast a tokenizer loads, and encodes on one thread.") { model, input };
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
        {
            Console.Out.WriteLine(TokenizerBenchmark.Run(parsed.GetValue(model)!, parsed.GetValue(input)!));
            return Task.FromResult(ExitCode.Done);
        }));
        return command;
    }
}
