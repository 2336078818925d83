using System.Collections.Immutable;

namespace Rollouts.Data;

/// <summary>A committed row, as far as it says how it was generated and what came out.</summary>
/// <param name="Id">The rollout.</param>
/// <param name="Actor">Who generated it.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="PromptTokenIds">Its prompt.</param>
/// <param name="Completion">What came out; lists that are null in the row are empty.</param>
/// <param name="KvAfterUpdate">kept or recomputed, where the weights changed while it ran; else null.</param>
public sealed record StoredRollout(RolloutId Id, string Actor, long Seed, ImmutableArray<int> PromptTokenIds, Completion Completion, string? KvAfterUpdate)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id}";
}

/// <summary>Which rows of a folder are meant; all where nothing is said.</summary>
/// <param name="Rows">So many, drawn at random.</param>
/// <param name="Seed">Which they are.</param>
/// <param name="PromptId">Those of a prompt.</param>
/// <param name="Sibling">Those of a sibling.</param>
/// <param name="Epoch">Those of a pass over the prompts.</param>
public sealed record RowSelection(long? Rows = null, int Seed = 0, string? PromptId = null, int? Sibling = null, int? Epoch = null)
{
    /// <summary>Whether rows are meant by their ids.</summary>
    public bool HasId => PromptId is not null || Sibling is not null || Epoch is not null;

    /// <summary>Whether a row is meant, as far as its id goes.</summary>
    public bool Has(RolloutId id) =>
        (PromptId is null || id.Group.Prompt.Value == PromptId) && (Sibling is null || id.Sibling == Sibling) && (Epoch is null || id.Group.Epoch == Epoch);

    /// <summary>Row numbers that are drawn; null where all are.</summary>
    internal SortedSet<long>? Draw(long total)
    {
        if (Rows is not { } rows || rows >= total) return null;
        var (random, drawn) = (new Random(Seed), new SortedSet<long>());
        while (drawn.Count < rows) drawn.Add(random.NextInt64(total));
        return drawn;
    }
}
