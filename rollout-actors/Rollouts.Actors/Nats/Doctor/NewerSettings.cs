using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Settings that came after nats-server 2.9, each asked for once: which of them a server knows is seen by what comes back, for it ignores the others in silence. No job needs them;
/// who plans on one, in an account that is shared with jobs, learns here what this server makes of it.
/// </summary>
internal static class NewerSettings
{
    private static readonly (string Name, Func<StreamConfig, StreamConfig> With)[] OfStreams =
    [
        ("metadata of streams", c => c with { Metadata = new Dictionary<string, string> { ["asked"] = "yes" } }),
        ("compression", c => c with { Compression = StreamConfigCompression.S2 }),
        ("allow_msg_ttl", c => c with { AllowMsgTTL = true }),
        ("subject_delete_marker_ttl, by which watchers hear of leases that ran out", c => c with { AllowMsgTTL = true, AllowRollupHdrs = true, SubjectDeleteMarkerTTL = TimeSpan.FromSeconds(1) }),
        ("allow_atomic", c => c with { AllowAtomicPublish = true }),
    ];

    private static readonly (string Name, Func<ConsumerConfig, ConsumerConfig> With)[] OfConsumers =
    [
        ("several filter_subjects", c => c with { FilterSubjects = ["a", "b"] }),
        ("metadata of consumers", c => c with { Metadata = new Dictionary<string, string> { ["asked"] = "yes" } }),
        ("pause_until", c => c with { PauseUntil = TimeProvider.System.GetUtcNow().AddMinutes(1) }),
        ("priority_groups", c => c with { PriorityGroups = ["one"], PriorityPolicy = ConsumerConfigPriorityPolicy.Overflow }),
    ];

    /// <summary>Asks for each, in a stream of the scratch job's own.</summary>
    public static async Task<Finding> TryAsync(INatsJSContext jetStream, ScratchJob job, CancellationToken stopping)
    {
        var unknown = new List<string>();
        var plain = new StreamConfig(job.SpareStream, [$"rollouts.{job.Names.Job}.spare.>"]);
        foreach (var (name, with) in OfStreams)
            if (!await IsKnownAsync(with(plain), asked => StreamAsync(jetStream, asked, stopping))) unknown.Add(name);
        await StreamAsync(jetStream, plain, stopping);
        foreach (var (name, with) in OfConsumers)
            if (!await IsKnownAsync(with(new ConsumerConfig("spare") { AckPolicy = ConsumerConfigAckPolicy.Explicit }), asked => ConsumerAsync(jetStream, job.SpareStream, asked, stopping))) unknown.Add(name);

        return unknown.Count == 0
            ? Finding.Sound(Topics.Newer, "all later settings that were asked for came back")
            : Finding.Remark(Topics.Newer, $"this server does not know (asked for, and missing in what came back) {string.Join("; ", unknown)}. No job needs them; a later nats-server has them");
    }

    private static async Task<bool> IsKnownAsync<T>(T asked, Func<T, Task<T>> make)
    {
        try
        {
            return !EchoedConfiguration.Differences(asked, await make(asked)).Any();
        }
        catch (NatsException e) when (e is NatsJSApiException or NatsJSException)
        {
            // One that knows the word and not the wish says so.
            return false;
        }
    }

    private static async Task<StreamConfig> StreamAsync(INatsJSContext jetStream, StreamConfig asked, CancellationToken stopping)
    {
        await DeleteAsync(jetStream, asked.Name!, stopping);
        return (await jetStream.CreateStreamAsync(asked, stopping)).Info.Config;
    }

    private static async Task<ConsumerConfig> ConsumerAsync(INatsJSContext jetStream, string stream, ConsumerConfig asked, CancellationToken stopping)
    {
        var made = (await jetStream.CreateOrUpdateConsumerAsync(stream, asked, stopping)).Info.Config;
        await jetStream.DeleteConsumerAsync(stream, asked.Name!, stopping);
        return made;
    }

    private static async Task DeleteAsync(INatsJSContext jetStream, string stream, CancellationToken stopping)
    {
        try
        {
            await jetStream.DeleteStreamAsync(stream, stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            // The first.
        }
    }
}
