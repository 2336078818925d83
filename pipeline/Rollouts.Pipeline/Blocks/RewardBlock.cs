using System.Collections.Immutable;
using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>One configured reward and its weight in the sum.</summary>
public sealed record WeightedReward(IReward Reward, double Weight);

/// <summary>Scores groups. A reward that throws, hangs or cannot be computed makes a failure of kind reward or timeout, never a 0.</summary>
internal sealed class RewardBlock(ImmutableArray<WeightedReward> rewards, PipelineOptions options, CancellationToken stopping, TimeProvider time)
{
    public static IPropagatorBlock<RolloutGroup, RolloutGroup> Create(RolloutGraph graph, ImmutableArray<WeightedReward> rewards, PipelineOptions options, TimeProvider time)
    {
        var block = new RewardBlock(rewards, options, graph.Stopping, time);
        return graph.Add(new TransformBlock<RolloutGroup, RolloutGroup>(
            graph.Watch<RolloutGroup, RolloutGroup>(block.ScoreAsync),
            new ExecutionDataflowBlockOptions { BoundedCapacity = 64, MaxDegreeOfParallelism = 8, EnsureOrdered = false, NameFormat = "reward" }));
    }

    private async Task<RolloutGroup> ScoreAsync(RolloutGroup group)
    {
        // Aborted groups are not decided in this session: nothing is to be scored.
        if (rewards.IsEmpty || GroupState.IsInterrupted(group) || group.Rollouts.All(r => r.Failure is not null)) return group;
        var outcomes = new ImmutableArray<RewardOutcome>[rewards.Length];
        for (var i = 0; i < rewards.Length; i++) outcomes[i] = await ScoreWithRetriesAsync(rewards[i].Reward, group);
        return group with { Rollouts = [.. group.Rollouts.Select((rollout, sibling) => rollout.Failure is null ? Combine(rollout, outcomes, sibling) : rollout)] };
    }

    private async Task<ImmutableArray<RewardOutcome>> ScoreWithRetriesAsync(IReward reward, RolloutGroup group)
    {
        for (var attempt = 0; ; attempt++)
        {
            var outcomes = await ScoreOnceAsync(reward, group);
            var faulted = outcomes.Where((o, i) => o.Value is null && group.Rollouts[i].Failure is null);
            if (attempt >= options.Retries.Reward || !faulted.Any(o => !o.TimedOut && o.Fault is not null)) return outcomes;
        }
    }

    private async Task<ImmutableArray<RewardOutcome>> ScoreOnceAsync(IReward reward, RolloutGroup group)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var timer = time.CreateTimer(_ => deadline.Cancel(), null, reward.KeepsDeadline ? Timeout.InfiniteTimeSpan : options.Deadlines.Reward, Timeout.InfiniteTimeSpan);
        try
        {
            // Run apart: a reward that never looks at its token is left behind at the deadline.
            var outcomes = await Task.Run(() => reward.ScoreAsync(group, deadline.Token).AsTask(), deadline.Token).WaitAsync(deadline.Token);
            return outcomes.Length == group.Rollouts.Length
                ? outcomes
                : All(group, RewardOutcome.Missing($"reward '{reward.Name}' gave {outcomes.Length} outcomes for {group.Rollouts.Length} rollouts"));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return All(group, new RewardOutcome(null, $"reward '{reward.Name}' gave no answer within deadlines.reward ({options.Deadlines.Reward})", TimedOut: true));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            return All(group, RewardOutcome.Missing($"reward '{reward.Name}' threw {e.GetType().Name}: {e.Message}"));
        }
    }

    private static ImmutableArray<RewardOutcome> All(RolloutGroup group, RewardOutcome outcome) => [.. Enumerable.Repeat(outcome, group.Rollouts.Length)];

    /// <summary>The weighted sum; one missing component makes the value missing, and the rollout failed.</summary>
    private Rollout Combine(Rollout rollout, ImmutableArray<RewardOutcome>[] outcomes, int sibling)
    {
        var sum = 0.0;
        var components = ImmutableArray.CreateBuilder<RewardComponent>(rewards.Length);
        for (var i = 0; i < rewards.Length; i++)
        {
            if (outcomes[i][sibling] is not { Value: { } value })
            {
                var missing = outcomes[i][sibling];
                return rollout with { Failure = new RolloutFailure(missing.TimedOut ? FailureKind.Timeout : FailureKind.Reward, "reward", missing.Fault ?? "no reward") };
            }

            components.Add(new RewardComponent(rewards[i].Reward.Name, value));
            sum += rewards[i].Weight * value;
        }

        return rollout with { Reward = new Reward(sum, components.MoveToImmutable()) };
    }
}
