using System.Collections.Immutable;

namespace Rollouts;

/// <summary>The k likeliest tokens at each place of a completion: the likeliest first, of equals the lower id first. The sampled token need not be among them.</summary>
/// <param name="K">Entries a token.</param>
/// <param name="TokenIds">[tokens x k], row by row.</param>
/// <param name="LogProbs">[tokens x k], natural log, in the mode of <see cref="SamplingParams.LogProbMode"/>; negative infinity for tokens that a filter dropped.</param>
public sealed record TopLogProbs(int K, ImmutableArray<int> TokenIds, ImmutableArray<float> LogProbs)
{
    /// <summary>None were asked for.</summary>
    public static TopLogProbs None { get; } = new(0, [], []);

    /// <summary>Those of the first tokens.</summary>
    public TopLogProbs Take(int tokens) => K == 0 ? this : new(K, TokenIds[..(tokens * K)], LogProbs[..(tokens * K)]);

    /// <inheritdoc/>
    public override string ToString() => $"{K} a token";
}
