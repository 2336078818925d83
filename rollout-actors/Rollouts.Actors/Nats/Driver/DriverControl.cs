using System.Collections.Concurrent;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>What the driver is asked and told: by actors that were given a group again, and by node agents whose actors died.</summary>
internal sealed class DriverControl(INatsConnection connection, JobNames names, GroupTable table, StreamContents contents, ActorRegistry actors, DeathLedger deaths, WorkPublisher work, TransportCounters counters)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, bool> _reported = new();

    /// <summary>Answers until it is stopped.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(
        ServeAsync<GroupQuestion, GroupVerdict>(names.Questions, question => AnswerAsync(question, stopping), stopping),
        ServeAsync<DeathReport, Receipt>(names.Deaths, report => TakeAsync(report, stopping), stopping));

    private async Task ServeAsync<TRequest, TReply>(string subject, Func<TRequest, Task<TReply?>> answer, CancellationToken stopping)
        where TRequest : class
        where TReply : class
    {
        await foreach (var message in Subscriptions.ReadAsync(connection, subject, stopping))
        {
            var reply = Wire.Decode<TRequest>(message.Data) is { } request ? await TryAsync(() => answer(request), stopping) : null;
            if (reply is null) counters.CountMalformed();
            else if (message.ReplyTo is not null) await Subscriptions.ReplyAsync(message, Wire.Encode(reply), stopping);
        }
    }

    /// <summary>Who is not answered asks again.</summary>
    private static async Task<TReply?> TryAsync<TReply>(Func<Task<TReply?>> answer, CancellationToken stopping)
        where TReply : class
    {
        try
        {
            return await answer();
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            return null;
        }
    }

    private async Task<GroupVerdict?> AnswerAsync(GroupQuestion question, CancellationToken stopping)
    {
        if (GroupKey.Parse(question.Group) is not { } key) return null;
        if (actors.IsFenced(question.Incarnation)) return new GroupVerdict(Verdict.Fenced);
        if (!table.Wants(key)) return new GroupVerdict(Verdict.Done);
        if (actors.RunsElsewhere(key, question.Incarnation) || await IsStoredAsync(key, stopping)) return new GroupVerdict(table.Wants(key) ? Verdict.Elsewhere : Verdict.Done);
        actors.Grant(key, question.Incarnation);
        return new GroupVerdict(Verdict.Run, deaths.Of(key));
    }

    /// <summary>
    /// A result may lie in the stream unread: the driver has just begun, or its pull has not come back after the server has. Without an answer of the server it is taken to be
    /// there, so that nothing stored is run again: the actor comes back with its question.
    /// </summary>
    private async Task<bool> IsStoredAsync(GroupKey key, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            return await contents.HasResultAsync(key, patience.Token);
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            return true;
        }
    }

    private async Task<Receipt?> TakeAsync(DeathReport report, CancellationToken stopping)
    {
        var keys = report.Groups.Select(g => GroupKey.Parse(g)).ToArray();
        if (keys.Contains(null)) return null;
        // Its lease may have told of this death before; the groups that it ran are told of here alone.
        if (!_reported.TryAdd(report.Incarnation, true)) return new Receipt();
        await actors.FenceAsync(report.Incarnation, report.Cause, stopping);
        foreach (var key in keys.OfType<GroupKey>())
        {
            if (!report.Fault) continue;
            await deaths.CountAsync(key, report.Cause, stopping);
            await SetAsideAsync(key, stopping);
        }

        return new Receipt();
    }

    private async Task SetAsideAsync(GroupKey key, CancellationToken stopping)
    {
        if (deaths.SetAside(key) is not { } failure || table.Find(key) is not { } pending) return;
        counters.CountSetAside();
        await work.WithdrawAsync(key, stopping);
        table.Fail(pending, failure);
    }
}
