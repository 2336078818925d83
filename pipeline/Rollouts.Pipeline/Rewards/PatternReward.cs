using System.Text.RegularExpressions;

namespace Rollouts.Pipeline;

/// <summary>1 where a pattern is found in the completion, or (for <c>format</c>) where it is the whole completion, else 0.</summary>
public sealed class PatternReward(string name, string pattern, bool whole) : TextReward(name)
{
    private readonly Regex _regex = new(whole ? $@"\A(?:{pattern})\z" : pattern, RegexOptions.CultureInvariant, AnswerPattern.Patience);

    /// <inheritdoc/>
    protected override RewardOutcome Score(string completion, SourceRow row) => RewardOutcome.Of(_regex.IsMatch(completion) ? 1 : 0);
}
