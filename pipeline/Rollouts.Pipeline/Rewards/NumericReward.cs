using System.Globalization;

namespace Rollouts.Pipeline;

/// <summary>1 where the answer is the source row's number within a tolerance, else 0. Without a pattern the last number of the completion is the answer.</summary>
/// <param name="tolerance">Of the difference, relative to the expected number where that is larger than 1.</param>
public sealed class NumericReward(string name, string answerColumn, AnswerPattern? extract, double tolerance) : TextReward(name)
{
    private static readonly AnswerPattern LastNumber = new(@"[-+]?(?:\d[\d,]*)?\.?\d+(?:[eE][-+]?\d+)?");

    /// <inheritdoc/>
    protected override RewardOutcome Score(string completion, SourceRow row)
    {
        if (!TryColumn(row, answerColumn, out var column, out var missing)) return missing;
        if (!TryParse(column, out var expected)) return RewardOutcome.Missing($"column '{answerColumn}' is no number: '{column}'");
        return RewardOutcome.Of(TryParse((extract ?? LastNumber).Find(completion), out var answer) && AreEqual(answer, expected, tolerance) ? 1 : 0);
    }

    internal static bool AreEqual(double answer, double expected, double tolerance) => Math.Abs(answer - expected) <= tolerance * Math.Max(1, Math.Abs(expected));

    internal static bool TryParse(string? text, out double number) =>
        double.TryParse(text?.Trim().Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
