using System.Text.RegularExpressions;

namespace Rollouts.Pipeline;

/// <summary>Finds an answer in a completion: the last match's first group, or the whole match where the pattern has no group. Models correct themselves, so the last counts.</summary>
public sealed class AnswerPattern(string pattern)
{
    /// <summary>A pattern on a completion may take this long; a worse one is a missing reward.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant, Patience);

    /// <summary>The answer, or null where there is none.</summary>
    /// <exception cref="RegexMatchTimeoutException">The pattern takes too long on this text.</exception>
    public string? Find(string text)
    {
        Match? last = null;
        for (var match = _regex.Match(text); match.Success; match = match.NextMatch()) last = match;
        return last is null ? null : last.Groups[last.Groups.Count > 1 ? 1 : 0].Value;
    }
}
