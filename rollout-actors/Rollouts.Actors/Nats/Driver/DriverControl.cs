using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>What the driver is asked and told: by actors that were given a group again, and by node agents whose actors died.</summary>
internal sealed class DriverControl(INatsConnection connection, JobNames names, GroupTable table, ActorRegistry actors, DeathLedger deaths, WorkPublisher work, TransportCounters counters)
{
    /// <summary>Answers until it is stopped.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(
        ServeAsync<GroupQuestion, GroupVerdict>(names.Questions, question => Task.FromResult(Answer(question)), stopping),
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
        catch (Exception e) when (e is NatsException or TimeoutException || e is OperationCanceledException && !stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private GroupVerdict? Answer(GroupQuestion question)
    {
        if (GroupKey.Parse(question.Group) is not { } key) return null;
        if (actors.IsFenced(question.Incarnation)) return new GroupVerdict(Verdict.Fenced);
        if (!table.Wants(key)) return new GroupVerdict(Verdict.Done);
        if (actors.RunsElsewhere(key, question.Incarnation)) return new GroupVerdict(Verdict.Elsewhere);
        actors.Grant(key, question.Incarnation);
        return new GroupVerdict(Verdict.Run, deaths.Of(key));
    }

    private async Task<Receipt?> TakeAsync(DeathReport report, CancellationToken stopping)
    {
        var keys = report.Groups.Select(g => GroupKey.Parse(g)).ToArray();
        if (keys.Contains(null)) return null;
        if (actors.IsFenced(report.Incarnation)) return new Receipt();
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
