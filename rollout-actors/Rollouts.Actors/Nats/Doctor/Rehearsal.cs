using System.Diagnostics;
using System.Globalization;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>What a job asks of a server, done once in a scratch job: what does not come out as it must is named.</summary>
internal sealed class Rehearsal(INatsJSContext jetStream, ScratchJob job, TimeProvider time)
{
    private const int NumGroups = 32;
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] Body = new byte[1024];
    private readonly List<string> _deviations = [];

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken stopping)
    {
        var stored = await StoreAsync(stopping);
        await RefuseAsync(stopping);
        await DeliverAsync(stopping);
        await RemoveAsync(stopping);
        await LeaseAsync(stopping);
        return [.. _deviations.Select(d => Finding.Fault(Topics.Trial, $"{d}; take nats-server 2.9.10 or later, and see what stands between it and this client")), Speed(stored)];
    }

    private Finding Speed(TimeSpan stored)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"a message of 1 KiB is stored in {stored.TotalMilliseconds:F2} ms, the median of {NumGroups}");
        if (stored > Slow) return Finding.Remark(Topics.Trial, $"{text}: the server's disk is slow, or syncs at every message; put store_dir on a faster one");
        return _deviations.Count == 0 ? Finding.Sound(Topics.Trial, $"a scratch job's streams, consumers and buckets came back as asked for; groups were stored once, given out, acknowledged and removed, and a lease ran out; {text}") : Finding.Sound(Topics.Trial, text);
    }

    private async Task<TimeSpan> StoreAsync(CancellationToken stopping)
    {
        var times = new TimeSpan[NumGroups];
        for (var i = 0; i < NumGroups; i++)
        {
            var since = Stopwatch.GetTimestamp();
            (await PublishAsync(i, $"first/{i}", stopping)).EnsureSuccess();
            times[i] = Stopwatch.GetElapsedTime(since);
        }

        Array.Sort(times);
        return times[NumGroups / 2];
    }

    private async Task RefuseAsync(CancellationToken stopping)
    {
        Require((await PublishAsync(0, "first/0", stopping)).Duplicate, "a message that was sent again under its id was stored twice");
        Require((await PublishAsync(0, "second", stopping)).Error is not null, "a second message was stored under a group's subject, which may have one");
    }

    private async Task DeliverAsync(CancellationToken stopping)
    {
        var consumer = await jetStream.GetConsumerAsync(job.Names.PromptStream, ScratchJob.Consumer, stopping);
        var came = 0;
        await foreach (var message in consumer.FetchAsync<byte[]>(new NatsJSFetchOpts { MaxMsgs = NumGroups, Expires = TimeSpan.FromSeconds(5) }, cancellationToken: stopping))
        {
            await message.AckAsync(new AckOpts { DoubleAck = true }, stopping);
            came++;
        }

        Require(came == NumGroups, $"{came} of {NumGroups} stored messages were given out");
        Require(await LeftAsync(stopping) == 0, "acknowledged messages stay in the work stream");
    }

    private async Task RemoveAsync(CancellationToken stopping)
    {
        (await PublishAsync(0, "third", stopping)).EnsureSuccess();
        await new StreamContents(jetStream, job.Names, [ScratchJob.Pool]).RemoveWorkAsync(Subject(0), stopping);
        Require(await LeftAsync(stopping) == 0, "a message that was removed stays in the work stream");
    }

    private async Task LeaseAsync(CancellationToken stopping)
    {
        var leases = await job.Buckets.LeasesAsync(stopping);
        var taken = await leases.TryCreateAsync(Keys.Driver, Body, cancellationToken: stopping);
        Require(taken.Success, "a lease that nobody has was not given");
        Require(!(await leases.TryCreateAsync(Keys.Driver, Body, cancellationToken: stopping)).Success, "a lease was given twice");
        Require(!(await leases.TryUpdateAsync(Keys.Driver, Body, taken.Value + 1, cancellationToken: stopping)).Success, "a lease was renewed under another revision than its own");
        var since = time.GetTimestamp();
        var gone = false;
        while (!gone && time.GetElapsedTime(since) < job.Lease * 4)
        {
            await Task.Delay(job.Lease / 10, time, stopping);
            gone = !(await leases.TryGetEntryAsync<byte[]>(Keys.Driver, cancellationToken: stopping)).Success;
        }

        Require(gone, $"a lease of {job.Lease.TotalSeconds:F0} s was still there after {job.Lease.TotalSeconds * 4:F0}");
    }

    private async Task<PubAckResponse> PublishAsync(int group, string id, CancellationToken stopping) =>
        await jetStream.PublishAsync(Subject(group), Body, opts: new NatsJSPubOpts { MsgId = id }, cancellationToken: stopping);

    private async Task<long> LeftAsync(CancellationToken stopping) => (await jetStream.GetStreamAsync(job.Names.PromptStream, cancellationToken: stopping)).Info.State.Messages;

    private string Subject(int group) => job.Names.Prompt(ScratchJob.Pool, new GroupKey((UInt128)group));

    private void Require(bool condition, string deviation)
    {
        if (!condition) _deviations.Add(deviation);
    }
}
