namespace Rollouts.Pipeline;

/// <summary>1 where the last boxed answer, or else the final expression, equals the source row's answer as mathematics: as numbers where both are, else as normalised text.</summary>
public sealed class MathReward(string name, string answerColumn) : TextReward(name)
{
    /// <inheritdoc/>
    protected override RewardOutcome Score(string completion, SourceRow row)
    {
        if (!TryColumn(row, answerColumn, out var expected, out var missing)) return missing;
        return RewardOutcome.Of(MathAnswer.Find(completion) is { } answer && MathAnswer.AreEqual(answer, expected) ? 1 : 0);
    }
}
