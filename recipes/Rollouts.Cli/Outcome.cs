using Rollouts.Data;
using Rollouts.Models;
using Rollouts.Pipeline;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary>Turns what a verb throws into one clear line and an exit code: never a stack trace for what a user can mend.</summary>
internal static class Outcome
{
    public static async Task<int> OfAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (RecipeException e)
        {
            return Say(e.Message, ExitCode.BadRecipe);
        }
        catch (Exception e) when (e is DataFormatException or ModelFormatException)
        {
            return Say(e.Message, ExitCode.BadRecipe);
        }
        catch (Exception e) when (e is BatchShortException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            return Say(e.Message, ExitCode.Failed);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    private static int Say(string message, int code)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
