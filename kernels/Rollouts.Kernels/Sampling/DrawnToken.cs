namespace Rollouts.Kernels;

/// <summary>A token, and the row whose log-softmax its log-probabilities are.</summary>
/// <param name="token">The token.</param>
/// <param name="logits">[vocabulary], in the mode that was asked for.</param>
/// <param name="scale">What they are multiplied by.</param>
public readonly ref struct DrawnToken(int token, ReadOnlySpan<float> logits, float scale)
{
    private readonly ReadOnlySpan<float> _logits = logits;

    /// <summary>The token.</summary>
    public int Token => token;

    /// <summary>The natural log-probabilities of the row; a pass over the vocabulary.</summary>
    public LogProbabilities LogProbabilities() => new(_logits, scale);
}
