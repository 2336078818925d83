using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts schema</c></summary>
internal static class SchemaVerb
{
    public static Command Create()
    {
        var command = new Command("schema", "Prints the JSON schema of recipes, for editors.");
        command.SetAction(_ =>
        {
            Console.Out.Write(RecipeSchema.ToJson());
            return ExitCode.Done;
        });
        return command;
    }
}
