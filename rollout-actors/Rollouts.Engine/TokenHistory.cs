namespace Rollouts.Engine;

/// <summary>Which tokens a sequence has seen, for penalties; kept where the tokens are drawn, for the host learns them a step late.</summary>
internal sealed class TokenHistory
{
    private readonly Dictionary<int, int> _counts = [];

    public TokenHistory(ReadOnlySpan<int> prompt, ReadOnlySpan<int> completion)
    {
        foreach (var token in prompt) _counts.TryAdd(token, 0);
        foreach (var token in completion) Add(token);
    }

    /// <summary>Counts a drawn token.</summary>
    public void Add(int token) => _counts[token] = _counts.GetValueOrDefault(token) + 1;

    /// <summary>Applies repetition (prompt and completion), presence and frequency penalties (completion).</summary>
    public void Penalise(Span<float> logits, SamplingParams sampling)
    {
        foreach (var (token, count) in _counts)
        {
            ref var logit = ref logits[token];
            if (sampling.RepetitionPenalty != 1) logit = Kernels.LogitFilters.Repeat(logit, sampling.RepetitionPenalty);
            if (count > 0) logit -= sampling.PresencePenalty + sampling.FrequencyPenalty * count;
        }
    }
}
