namespace Rollouts.Actors.Nats;

/// <summary>What node agents share with no job: their bucket and their subjects.</summary>
public static class NodeNames
{
    /// <summary>Bucket of nodes: key by name, a lease each.</summary>
    public const string Bucket = "rollout_nodes";

    /// <summary>Replies to node agents and to who only looks.</summary>
    public const string Inbox = "rollout_nodes.inbox";

    /// <summary>How long a node that says nothing is believed to be there.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>Asks a node to start actors: <see cref="StartActor"/>.</summary>
    public static string Start(string node) => $"rollout_nodes.{node}.start";

    /// <summary>Asks a node to empty itself.</summary>
    public static string Drain(string node) => $"rollout_nodes.{node}.drain";
}
