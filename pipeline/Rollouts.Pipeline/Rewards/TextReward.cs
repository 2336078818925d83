using System.Collections.Immutable;

namespace Rollouts.Pipeline;

/// <summary>A reward that looks at one completion's text and its prompt's source row.</summary>
public abstract class TextReward(string name) : IReward
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<RewardOutcome>> ScoreAsync(RolloutGroup group, CancellationToken stopping) => ValueTask.FromResult<ImmutableArray<RewardOutcome>>(
        [.. group.Rollouts.Select(r => r.Failure is null ? Score(r.Completion!.Text, group.Prompt.Row) : RewardOutcome.Missing("no completion"))]);

    /// <summary>Scores one completion.</summary>
    protected abstract RewardOutcome Score(string completion, SourceRow row);

    /// <summary>A column of the source row as text, or a missing reward where the row has none.</summary>
    protected static bool TryColumn(SourceRow row, string column, out string text, out RewardOutcome missing)
    {
        text = Convert.ToString(row[column], System.Globalization.CultureInfo.InvariantCulture) ?? "";
        missing = RewardOutcome.Missing($"the prompt's row has no column '{column}'");
        return row[column] is not null;
    }
}
