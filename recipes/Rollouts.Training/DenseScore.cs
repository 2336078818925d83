using static TorchSharp.torch;

namespace Rollouts.Training;

/// <summary>Log-probabilities of given tokens, as trainers take them.</summary>
public static class DenseScore
{
    /// <summary>log p(token t + 1 | tokens ..t), one fewer than the tokens; no gradient is kept.</summary>
    public static float[] LogProbabilities(DenseModel model, IReadOnlyCollection<int> tokens)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var ids = tensor(tokens.Select(t => (long)t).ToArray());
        var logits = model.Forward(ids.unsqueeze(0)).squeeze(0).narrow(0, 0, tokens.Count - 1);     // [L - 1, V]
        return [.. logits.log_softmax(-1).gather(1, ids.narrow(0, 1, tokens.Count - 1).unsqueeze(1)).squeeze(1).data<float>()];
    }
}
