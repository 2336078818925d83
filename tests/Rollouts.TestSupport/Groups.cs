using System.Collections.Immutable;

namespace Rollouts.TestSupport;

/// <summary>Groups for tests, as they look at different places of the graph.</summary>
public static class Groups
{
    /// <summary>A prompt with one text.</summary>
    public static Prompt Prompt(string id, string text = "2 + 2 =", int epoch = 0, SourceRow? row = null) =>
        new(new GroupId(Purpose.Train, epoch, new PromptId(id)), new PromptContent.Text(text), row ?? SourceRow.Empty, $"prompts.jsonl:{id}");

    /// <summary>A completion with these tokens.</summary>
    public static Completion Completion(string text = "4", params int[] tokens) =>
        new([.. tokens], [.. tokens.Select(t => -0.5f * t)], [.. tokens.Select(_ => new PolicyVersion(0))], text, FinishReason.Stop, null, new CompletionTiming(1, 2, 3));

    /// <summary>A whole group, a rollout a reward; NaN stands for a rollout that failed.</summary>
    public static RolloutGroup Rewarded(string id, params double[] rewards)
    {
        var prompt = Prompt(id);
        var rollouts = rewards.Select((value, i) => new Rollout(
            new RolloutId(prompt.Group, i), 0, new ActorId("actor"), DateTimeOffset.UnixEpoch, Completion("4", 1, 2, 3),
            double.IsNaN(value) ? null : new Reward(value, [new RewardComponent("exact_match", value)]),
            Failure: double.IsNaN(value) ? new RolloutFailure(FailureKind.Reward, "reward", "threw") : null));
        return new RolloutGroup(prompt, [7, 8], new SamplingParams { N = rewards.Length }, [.. rollouts]);
    }

    /// <summary>The same, decided.</summary>
    public static RolloutGroup Decided(string id, GroupOutcome outcome, params double[] rewards) =>
        Rewarded(id, rewards) with { Decision = new GroupDecision(outcome, outcome == GroupOutcome.Committed ? null : "zero_variance") };

    /// <summary>Groups as one batch.</summary>
    public static GroupBatch Batch(params ImmutableArray<RolloutGroup> groups) => new(0, groups);
}
