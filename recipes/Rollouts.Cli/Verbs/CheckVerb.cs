using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts check recipe.yaml</c></summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe file." };
        var set = RunVerb.SetOption();
        var deep = new Option<bool>("--deep") { Description = "Also reads every weight and reports NaN and infinity." };
        var command = new Command("check", "Shows the resolved recipe and what it will issue, without taking a device.") { recipe, set, deep };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var loaded = RecipeReader.Load(parsed.GetValue(recipe)!, parsed.GetValue(set) ?? []);
            Console.Out.Write(RecipeWriter.ToYaml(loaded.Recipe));
            foreach (var line in await RecipeReport.CreateAsync(loaded, cancellationToken)) Console.Out.WriteLine($"# {line}");
            if (parsed.GetValue(deep)) Console.Out.WriteLine($"# {RecipeReport.CheckWeights(loaded)}");
            return ExitCode.Done;
        }));
        return command;
    }
}
