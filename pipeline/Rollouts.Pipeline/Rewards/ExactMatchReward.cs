namespace Rollouts.Pipeline;

/// <summary>1 where the answer is the source row's answer, letter for letter after trimming, else 0.</summary>
public sealed class ExactMatchReward(string name, string answerColumn, AnswerPattern? extract = null) : TextReward(name)
{
    /// <inheritdoc/>
    protected override RewardOutcome Score(string completion, SourceRow row)
    {
        if (!TryColumn(row, answerColumn, out var expected, out var missing)) return missing;
        var answer = extract is null ? completion : extract.Find(completion);
        return RewardOutcome.Of(answer is not null && answer.AsSpan().Trim().SequenceEqual(expected.AsSpan().Trim()) ? 1 : 0);
    }
}
