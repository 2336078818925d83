using System.Collections.Immutable;

namespace Rollouts.Recipes;

/// <summary>Where a regenerated row first parts from the stored one.</summary>
/// <param name="Id">The row.</param>
/// <param name="Where">The token and the value.</param>
/// <param name="Stored">What the row says.</param>
/// <param name="Replayed">What came out now.</param>
public sealed record ReplayDifference(RolloutId Id, string Where, string Stored, string Replayed)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id}, {Where}: stored {Stored}, replayed {Replayed}";
}

/// <summary>What a replay found.</summary>
/// <param name="Identical">Rows that came out as they are stored, bit for bit.</param>
/// <param name="Different">Rows that did not.</param>
/// <param name="Differences">The first difference of each of the first of those.</param>
/// <param name="NotReplayable">Rows that could not be tried, by reason.</param>
/// <param name="Expectation">What is promised of the folder's rows.</param>
public sealed record ReplayReport(long Identical, long Different, ImmutableArray<ReplayDifference> Differences, ImmutableSortedDictionary<string, long> NotReplayable, string Expectation)
{
    /// <summary>Rows that were generated anew.</summary>
    public long Replayed => Identical + Different;

    /// <summary>Lines for a person.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{Replayed} rows replayed: {Identical} identical, {Different} different; {NotReplayable.Values.Sum()} not replayable ({Expectation})";
        foreach (var (reason, rows) in NotReplayable) yield return $"not replayable: {rows}, {reason}";
        foreach (var difference in Differences) yield return difference.ToString();
        if (Different > Differences.Length) yield return $"and {Different - Differences.Length} more rows that differ";
    }
}
