using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rollouts.Cli;

/// <summary><c>rollouts score --model DIR</c></summary>
internal static class ScoreVerb
{
    public static Command Create()
    {
        var (model, dtype, set) = (GenerationVerb.ModelOption(), GenerationVerb.DtypeOption(), RunVerb.SetOption());
        var device = GenerationVerb.DeviceOption();
        var (tp, ep) = (GenerationVerb.TensorParallelOption(), GenerationVerb.ExpertParallelOption());
        var (input, output) = (LineByLine.InputOption(), LineByLine.OutputOption());
        var command = new Command("score", """Gives {"id", "logprobs"} for {"id", "token_ids"}: log p(token t+1 | tokens ..t), one fewer than the tokens.""") { model, dtype, device, tp, ep, set, input, output };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var (engine, sampling, _) = GenerationVerb.Start(parsed.GetValue(model)!, parsed.GetValue(dtype), parsed.GetValue(device)!, new ParallelPlan(parsed.GetValue(tp), ExpertParallel: parsed.GetValue(ep)), parsed.GetValue(set) ?? []);
            await using (engine)
                return await LineByLine.RunAsync(parsed.GetValue(input), parsed.GetValue(output), engine.Capacity.MaxRunning * 2, async (question, line) =>
                {
                    var ids = (question["token_ids"] as JsonArray ?? throw new FormatException("the line needs token_ids")).Select(i => i!.GetValue<int>());
                    var scored = await engine.GenerateAsync(GenerationVerb.Request(question["id"]?.ToString(), line, ids, sampling) with { Score = true }, cancellationToken);
                    return scored.Failure is { } failure
                        ? new JsonObject { ["error"] = failure.Message }
                        : new JsonObject { ["logprobs"] = LineByLine.Numbers(scored.PromptLogProbs) };
                });
        }));
        return command;
    }
}
