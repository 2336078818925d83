using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts run recipe.yaml</c></summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe file." };
        var set = SetOption();
        var fresh = new Option<bool>("--fresh") { Description = "Begin beside an output folder that is there." };
        var json = new Option<bool>("--json") { Description = "Print progress and summary as JSON lines on standard output." };
        var command = new Command("run", "Runs a recipe, or takes it up where it was interrupted.") { recipe, set, fresh, json };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var loaded = RecipeReader.Load(parsed.GetValue(recipe)!, parsed.GetValue(set) ?? []);
            return await RunAsync(loaded, parsed.GetValue(fresh), ProgressView.Create(parsed.GetValue(json)));
        }));
        return command;
    }

    /// <summary><c>--set a.b=c</c>, as often as wanted.</summary>
    public static Option<string[]> SetOption() => new("--set") { Description = "Sets a key of the recipe: a.b=value.", AllowMultipleArgumentsPerToken = false };

    private static async Task<int> RunAsync(LoadedRecipe loaded, bool fresh, ProgressView view)
    {
        await using var job = await RolloutJob.CreateAsync(loaded, fresh, TimeProvider.System, CancellationToken.None);
        using var interrupts = new Interrupts(job.Drain);
        view.Begin(job);
        RunSummary summary;
        await using (view.Watch(job)) summary = await job.RunAsync(interrupts.Stop);
        view.End(summary);
        if (summary.Interrupted) return interrupts.ExitCode;
        return summary.Accounting.Failed > 0 ? ExitCode.DoneWithFailures : ExitCode.Done;
    }
}
