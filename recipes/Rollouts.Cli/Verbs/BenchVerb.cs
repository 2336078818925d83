using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts bench engine | pipeline | transport | tokenizer | load | mixture | parallel | numerics | kernels</c></summary>
internal static class BenchVerb
{
    public static Command Create() => new("bench", "Measures against this machine's limits.") { Engine(), Pipeline(), TransportBenchVerb.Create(), Tokenizer(), Load(), Steps("mixture", "Routed experts of a decode step against their bare products.", MixtureBenchmark.Run), Steps("parallel", "Decode steps at tp 2 against tp 1 with two threads.", ParallelBenchmark.Run), Numerics(), KernelBenchVerb.Create() };

    private static Command Engine()
    {
        var deterministic = new Option<bool>("--deterministic") { Description = "Deterministic mode against normal mode instead." };
        var command = Steps("engine", "Decode steps of a 135M-parameter Llama against their bare matrix products; with --device cuda those of a named shape.", EngineBenchmark.Run, deterministic, DeterminismBenchmark.Run);
        DeviceBenchOptions.AddTo(command);
        return command;
    }

    /// <summary>A measure of steps, over element types and batches.</summary>
    /// <param name="other">Chooses another measure.</param>
    private static Command Steps(
        string name, string description, Func<ModelDtype, IReadOnlyList<int>, int, IEnumerable<string>> run,
        Option<bool>? other = null, Func<ModelDtype, IReadOnlyList<int>, int, IEnumerable<string>>? runOther = null)
    {
        var dtype = GenerationVerb.DtypeOption();
        var batches = new Option<int[]>("--batch") { Description = "Sequences. Default 1, 8 and 32.", DefaultValueFactory = _ => [1, 8, 32], AllowMultipleArgumentsPerToken = true };
        var steps = new Option<int>("--steps") { Description = "Steps measured. Default 60.", DefaultValueFactory = _ => 60 };
        var command = new Command(name, description) { dtype, batches, steps };
        if (other is not null) command.Add(other);
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
            Lines((other is not null && parsed.GetValue(other) ? runOther! : run)(parsed.GetValue(dtype), parsed.GetValue(batches)!, parsed.GetValue(steps)))));
        return command;
    }

    private static Command Numerics()
    {
        var models = new Option<string[]>("--model") { Description = "Model folders.", Required = true, AllowMultipleArgumentsPerToken = true };
        var tokens = new Option<int>("--tokens") { Description = "Tokens scored. Default 200.", DefaultValueFactory = _ => 200 };
        var command = new Command("numerics", "Log-probabilities of the engine against the trainer's own forward, both in float32.") { models, tokens };
        command.SetAction((parsed, _) => Outcome.OfAsync(async () =>
        {
            await foreach (var line in NumericsBenchmark.RunAsync(parsed.GetValue(models)!, parsed.GetValue(tokens))) Console.Out.WriteLine(line);
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Load()
    {
        var rounds = new Option<int>("--rounds") { Description = "Loads measured. Default 5.", DefaultValueFactory = _ => 5 };
        var command = new Command("load", "A checkpoint of 2.2 GB against the same bytes read into fresh memory.") { rounds };
        command.SetAction((parsed, _) => Outcome.OfAsync(() => Lines(LoadBenchmark.Run(parsed.GetValue(rounds)))));
        return command;
    }

    private static Task<int> Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines) Console.Out.WriteLine(line);
        return Task.FromResult(ExitCode.Done);
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
