using System.CommandLine;
using System.Text.Json.Nodes;
using Rollouts.Data;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts replay OUTPUT</c></summary>
internal static class ReplayVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("output") { Description = "The output folder of a run." };
        var rows = new Option<long?>("--rows") { Description = "So many rows, drawn at random. Default: all." };
        var seed = new Option<int>("--seed") { Description = "Which rows are drawn. Default 0." };
        var prompt = new Option<string?>("--prompt") { Description = "Only this prompt's rows." };
        var sibling = new Option<int?>("--sibling") { Description = "Only this sibling's." };
        var epoch = new Option<int?>("--epoch") { Description = "Only those of this pass over the prompts." };
        var weights = new Option<string[]>("--weights") { Description = "The model folder of a policy version: VERSION=DIR. Version 0 is the recipe's model unless it is given.", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "Print the report as a JSON line." };
        var command = new Command("replay", "Regenerates stored rows and compares tokens and log-probabilities, bit for bit.") { folder, rows, seed, prompt, sibling, epoch, weights, json };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var selection = new RowSelection(parsed.GetValue(rows), parsed.GetValue(seed), parsed.GetValue(prompt), parsed.GetValue(sibling), parsed.GetValue(epoch));
            if (selection.Rows is not null && (selection.Rows < 1 || selection.HasId)) throw new RecipeException("--rows", "a number from 1, and not beside --prompt, --sibling or --epoch");
            var report = await Replayer.RunAsync(parsed.GetValue(folder)!, selection, parsed.GetValue(weights) ?? [], cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(Json(report).ToJsonString());
            else foreach (var line in report.Lines()) Console.Out.WriteLine(line);
            return report.Different == 0 ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    private static JsonObject Json(ReplayReport report) => new()
    {
        ["replayed"] = report.Replayed,
        ["identical"] = report.Identical,
        ["different"] = report.Different,
        ["not_replayable"] = new JsonObject(report.NotReplayable.Select(r => KeyValuePair.Create<string, JsonNode?>(r.Key, r.Value))),
        ["differences"] = new JsonArray([.. report.Differences.Select(d => new JsonObject { ["id"] = $"{d.Id}", ["where"] = d.Where, ["stored"] = d.Stored, ["replayed"] = d.Replayed })]),
        ["expectation"] = report.Expectation,
    };
}
