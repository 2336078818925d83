namespace Rollouts.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadRecipe = 2;
    public const int DoneWithFailures = 3;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
