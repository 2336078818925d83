using System.Collections.Immutable;
using System.Globalization;

namespace Rollouts.Recipes;

/// <summary>The groups of a measure: 64 prompt tokens, eight siblings of so many tokens.</summary>
/// <param name="Tokens">Tokens of each completion.</param>
internal sealed record BenchWork(int Tokens)
{
    /// <summary>Rollouts a group.</summary>
    public const int Siblings = 8;

    private static readonly ImmutableArray<int> Prompt = [.. Enumerable.Range(0, 64)];

    private readonly SamplingParams _sampling = new() { N = Siblings, MaxTokens = Tokens, Seed = 1 };

    /// <summary>A group; every number is another prompt.</summary>
    public RolloutRequest Request(int number) => new(new GroupId(Purpose.Train, 0, new PromptId(number.ToString("d9", CultureInfo.InvariantCulture))), 0, Prompt, _sampling);
}
