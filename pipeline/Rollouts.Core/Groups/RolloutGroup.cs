using System.Collections.Immutable;

namespace Rollouts;

/// <summary>All siblings of one prompt. Invariant: it holds n rollouts from the moment it is issued to the moment it is decided, so none can be lost between.</summary>
/// <param name="Prompt">The prompt and its source row.</param>
/// <param name="PromptTokenIds">Empty where the prompt could not be encoded.</param>
/// <param name="Sampling">How the siblings were drawn.</param>
/// <param name="Rollouts">n siblings, in order.</param>
/// <param name="Decision">Null until the filter has seen it.</param>
public sealed record RolloutGroup(
    Prompt Prompt,
    ImmutableArray<int> PromptTokenIds,
    SamplingParams Sampling,
    ImmutableArray<Rollout> Rollouts,
    GroupDecision? Decision = null)
{
    /// <summary>The group's name.</summary>
    public GroupId Id => Prompt.Group;

    /// <summary>How its rollouts are counted, once it is decided.</summary>
    /// <exception cref="InvalidOperationException">The group is not decided.</exception>
    public GroupCounts Count()
    {
        var decision = Decision ?? throw new InvalidOperationException($"Group {Id} is not decided.");
        var failed = Rollouts.Count(r => r.Failure is not null);
        var rest = Rollouts.Length - failed;
        return decision.Outcome switch
        {
            GroupOutcome.Committed => new GroupCounts(rest, 0, 0, failed),
            GroupOutcome.Filtered => new GroupCounts(0, rest, 0, failed),
            GroupOutcome.Stale => new GroupCounts(0, 0, rest, failed),
            _ => new GroupCounts(0, 0, 0, Rollouts.Length),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"group {Id} of {Rollouts.Length}";
}
