using System.Collections.Immutable;
using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>Sends groups to actors, as many at once as they have room for, and takes them back in whatever order they end.</summary>
internal sealed class DispatchBlock(IRolloutTransport transport, PipelineOptions options, RolloutLedger ledger, SessionEnd end, TimeProvider time)
{
    public static IPropagatorBlock<RolloutGroup, RolloutGroup> Create(
        RolloutGraph graph, IRolloutTransport transport, PipelineOptions options, RolloutLedger ledger, SessionEnd end, TimeProvider time)
    {
        var credits = transport.MaxGroupsInFlight(options.Sampling.N);
        var block = new DispatchBlock(transport, options, ledger, end, time);
        return graph.Add(new TransformBlock<RolloutGroup, RolloutGroup>(
            graph.Watch<RolloutGroup, RolloutGroup>(block.GenerateAsync),
            // Lengths differ a hundredfold: an ordered block would hold back what is done. Ids carry the order.
            new ExecutionDataflowBlockOptions { BoundedCapacity = credits, MaxDegreeOfParallelism = credits, EnsureOrdered = false, NameFormat = "dispatch" }));
    }

    private async Task<RolloutGroup> GenerateAsync(RolloutGroup group)
    {
        if (group.Rollouts[0].Failure is not null) return group;
        var failures = new Dictionary<FailureKind, int>();
        for (var attempt = 0; ; attempt++)
        {
            var (result, failure) = await AttemptAsync(group, attempt);
            var retried = failure is { } kind ? failures[kind] = failures.GetValueOrDefault(kind) + 1 : 0;
            if (failure is null || end.Abort.IsCancellationRequested || retried > options.Retries.For(failure.Value)) return Receive(group, result, attempt);
        }
    }

    /// <summary>One attempt at the whole group; siblings of different attempts are never mixed. Gives the kind that asks for another, if any.</summary>
    private async Task<(RolloutResult, FailureKind?)> AttemptAsync(RolloutGroup group, int attempt)
    {
        var request = new RolloutRequest(group.Id, attempt, group.PromptTokenIds, group.Sampling);
        using var seat = await ReserveAsync();
        // The session ends and the group has not begun: it stays undecided.
        if (seat is null) return (RolloutResult.Aborted(request), null);
        ledger.Attempt(group.Rollouts.Length);
        // The deadline is of the work, not of the wait for room.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(end.Abort);
        using var timer = time.CreateTimer(_ => deadline.Cancel(), null, options.Deadlines.Rollout, Timeout.InfiniteTimeSpan);
        var result = await seat.GenerateAsync(request, deadline.Token);
        if (deadline.IsCancellationRequested && !end.Abort.IsCancellationRequested) result = TimedOut(result);
        return (result, result.Completions.Select(c => c.Failure is { IsFinal: false } failure ? failure.Kind : (FailureKind?)null).FirstOrDefault(k => k is not null));
    }

    private async Task<IRolloutSeat?> ReserveAsync()
    {
        try
        {
            return await transport.ReserveAsync(end.Drain);
        }
        catch (OperationCanceledException) when (end.Drain.IsCancellationRequested)
        {
            return null;
        }
    }

    private RolloutResult TimedOut(RolloutResult result)
    {
        var failure = new RolloutFailure(FailureKind.Timeout, "generate", $"no completion within deadlines.rollout ({options.Deadlines.Rollout})");
        return result with { Completions = [.. result.Completions.Select(c => c.Finish == FinishReason.Aborted ? Completion.Failed(failure) : c)] };
    }

    private static RolloutGroup Receive(RolloutGroup group, RolloutResult result, int attempt)
    {
        var rollouts = ImmutableArray.CreateBuilder<Rollout>(group.Rollouts.Length);
        for (var i = 0; i < group.Rollouts.Length; i++)
        {
            var completion = result.Completions[i];
            rollouts.Add(group.Rollouts[i] with
            {
                Attempt = attempt,
                Actor = result.Actor,
                StartedAt = result.StartedAt,
                Completion = completion,
                Failure = completion.Failure,
            });
        }

        return group with { Rollouts = rollouts.MoveToImmutable() };
    }
}

/// <summary>How a session's end reaches the groups on their way.</summary>
/// <param name="Drain">Nothing new is begun. Cancelled whenever <paramref name="Abort"/> is.</param>
/// <param name="Abort">What runs is given up too.</param>
internal readonly record struct SessionEnd(CancellationToken Drain, CancellationToken Abort);
