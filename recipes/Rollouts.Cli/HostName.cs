namespace Rollouts.Cli;

/// <summary>The host's name, as actors and nodes may be called.</summary>
internal static class HostName
{
    /// <summary>Letters, digits, _ and -, at most 40.</summary>
    public static string Clean { get; } = new([.. Environment.MachineName.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')]);
}
