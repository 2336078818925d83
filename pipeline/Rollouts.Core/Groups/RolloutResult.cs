using System.Collections.Immutable;

namespace Rollouts;

/// <summary>What an actor answers to a <see cref="RolloutRequest"/>: one completion a sibling, in order.</summary>
/// <param name="Actor">Who generated it.</param>
/// <param name="StartedAt">When the actor took the group.</param>
/// <param name="Completions">n completions; failed ones carry their failure.</param>
public sealed record RolloutResult(ActorId Actor, DateTimeOffset StartedAt, ImmutableArray<Completion> Completions)
{
    /// <summary>What a request comes to that was given up before an actor took it.</summary>
    public static RolloutResult Aborted(RolloutRequest request)
    {
        var aborted = new Completion([], [], [], "", FinishReason.Aborted, null, default);
        return new RolloutResult(new ActorId(""), default, [.. Enumerable.Repeat(aborted, request.Sampling.N)]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Completions.Length} completions from {Actor}";
}
