using System.Text.RegularExpressions;

namespace Rollouts.Actors.Nats;

/// <summary>What jobs, pools, actors and nodes may be called: names are parts of subjects, streams and keys, so that one must not read like another's.</summary>
public static partial class NameRules
{
    /// <summary>What follows <c>rollouts_JOB</c> in the name of a job's leases.</summary>
    private const string LeaseSuffix = "_live";

    /// <summary>The token under which replies go to node agents.</summary>
    private const string Inbox = "inbox";

    /// <summary>Letters, digits, _ and -, at most 64: what all names have in common.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <summary>Why no job may be called so; null where one may.</summary>
    public static string? FaultOfJob(string name) => FaultOf("job", name) ?? (name.EndsWith(LeaseSuffix, StringComparison.Ordinal)
        ? $"'{name}' is no job name: its records would be called like the leases of job '{name[..^LeaseSuffix.Length]}'; do not end it with {LeaseSuffix}"
        : null);

    /// <summary>Why no actor may be called so; null where one may.</summary>
    public static string? FaultOfActor(string name) => FaultOf("actor", name) ?? Reserved("actor", name);

    /// <summary>Why no node may be called so; null where one may.</summary>
    public static string? FaultOfNode(string name) => FaultOf("node", name) ?? Reserved("node", name);

    /// <exception cref="IOException">There is a fault.</exception>
    internal static void Require(string? fault)
    {
        if (fault is not null) throw new IOException(fault);
    }

    private static string? FaultOf(string what, string name) => IsName(name) ? null : $"'{name}' is no {what} name: letters, digits, _ and -, at most 64";

    private static string? Reserved(string what, string name) => name == Inbox ? $"'{name}' is no {what} name: replies go to subjects of that name; take another with --name" : null;

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Name();
}
