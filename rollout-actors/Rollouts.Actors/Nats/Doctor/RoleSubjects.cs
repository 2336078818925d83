namespace Rollouts.Actors.Nats;

/// <summary>Subjects that a role of a job publishes and subscribes to, each as one that it really uses: what <c>docs/security.md</c> lists as patterns.</summary>
/// <param name="Role">driver, actor or node.</param>
/// <param name="Publish">Where it publishes.</param>
/// <param name="Subscribe">What it subscribes to.</param>
internal sealed record RoleSubjects(string Role, IReadOnlyList<string> Publish, IReadOnlyList<string> Subscribe)
{
    /// <summary>Stands for a pool, an actor, a node, a consumer or a key: a message to it is nobody's.</summary>
    private const string Nobody = "doctor-nobody";

    /// <summary>The roles that a job cannot do without, and a node's.</summary>
    public static IReadOnlyList<RoleSubjects> Of(JobNames names) => [Driver(names), Actor(names), Node(names)];

    private static RoleSubjects Driver(JobNames names) => new("driver",
    [
        names.Prompt(Nobody, default), names.AllActors, $"$JS.ACK.{names.ResultStream}.{Nobody}",
        $"$KV.{names.RecordBucket}.{Nobody}", $"$KV.{names.LeaseBucket}.{Nobody}", "$JS.API.INFO",
        .. Streams(names.PromptStream, "CREATE", "UPDATE", "INFO", "DELETE", "MSG.DELETE", "MSG.GET"),
        .. Streams(names.ResultStream, "CREATE", "UPDATE", "INFO", "DELETE", "MSG.GET"),
        .. Streams($"KV_{names.RecordBucket}", "CREATE", "UPDATE", "INFO"),
        .. Streams($"KV_{names.LeaseBucket}", "CREATE", "UPDATE", "INFO", "DELETE"),
        Direct(names.RecordBucket), Direct(names.LeaseBucket),
        .. Consumers(names.PromptStream, "CREATE", "INFO", "DELETE"),
        .. Consumers(names.ResultStream, "CREATE", "INFO", "DELETE"),
        $"$JS.API.CONSUMER.MSG.NEXT.{names.ResultStream}.{names.ResultConsumer}",
        .. Consumers($"KV_{names.RecordBucket}", "CREATE", "DELETE"), .. Consumers($"KV_{names.LeaseBucket}", "CREATE", "DELETE"),
        $"$JS.FC.KV_{names.RecordBucket}.{Nobody}", $"$JS.FC.KV_{names.LeaseBucket}.{Nobody}",
        NodeNames.Start(Nobody), .. Streams($"KV_{NodeNames.Bucket}", "INFO"), Direct(NodeNames.Bucket), .. Consumers($"KV_{NodeNames.Bucket}", "CREATE", "DELETE"),
    ],
    [$"{names.Inbox}.{Nobody}", names.Questions, names.Deaths, names.AllDeltas]);

    private static RoleSubjects Actor(JobNames names) => new("actor",
    [
        names.Result(Nobody, default), names.Deltas(default), names.Questions, $"$JS.ACK.{names.PromptStream}.{Nobody}", $"$KV.{names.LeaseBucket}.{Keys.Actor(Nobody)}",
        .. Streams(names.PromptStream, "INFO"), .. Consumers(names.PromptStream, "INFO", "MSG.NEXT"),
        .. Streams($"KV_{names.RecordBucket}", "INFO"), .. Streams($"KV_{names.LeaseBucket}", "INFO"), Direct(names.RecordBucket), Direct(names.LeaseBucket),
    ],
    [$"{names.Inbox}.{Nobody}", names.AllActors, names.Actor(Nobody), names.ActorRecord(Nobody), "$SRV.PING"]);

    private static RoleSubjects Node(JobNames names)
    {
        var actor = Actor(names);
        return new("node",
        [
            .. actor.Publish, names.Deaths, "$JS.API.INFO", $"$KV.{NodeNames.Bucket}.{Nobody}", .. Streams($"KV_{NodeNames.Bucket}", "CREATE", "UPDATE", "INFO"), Direct(NodeNames.Bucket),
        ],
        [.. actor.Subscribe, $"{NodeNames.Inbox}.{Nobody}", NodeNames.Start(Nobody), NodeNames.Drain(Nobody)]);
    }

    private static IEnumerable<string> Streams(string stream, params string[] verbs) => verbs.Select(v => $"$JS.API.STREAM.{v}.{stream}");

    private static IEnumerable<string> Consumers(string stream, params string[] verbs) => verbs.Select(v => $"$JS.API.CONSUMER.{v}.{stream}.{Nobody}");

    private static string Direct(string bucket) => $"$JS.API.DIRECT.GET.KV_{bucket}";
}
