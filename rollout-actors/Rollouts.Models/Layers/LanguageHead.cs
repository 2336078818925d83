using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: R rows, D model width, V vocabulary.

/// <summary>The embedding table and the head, which are one matrix in tied models.</summary>
internal sealed unsafe class LanguageHead : IParallelWork, IDisposable
{
    private readonly WeightMatrix _embedding;
    private readonly ParallelLinear _head;
    private readonly bool _tied;
    private StepPlan? _plan;
    private Activations? _residual;

    private LanguageHead(WeightMatrix embedding, ParallelLinear head, bool tied) => (_embedding, _head, _tied) = (embedding, head, tied);

    public static LanguageHead Load(Checkpoint from, ModelConfig config, ElementType type)
    {
        var embedding = Matrix(from, "model.embed_tokens.weight", config, type);
        // A tied model's file may still hold a head; it is the table all the same.
        var head = config.TiedEmbeddings ? embedding : Matrix(from, "lm_head.weight", config, type);
        return new LanguageHead(embedding, new ParallelLinear(head, null), config.TiedEmbeddings);
    }

    /// <summary>[T] ids to [T, D].</summary>
    public void Embed(StepPlan plan, Activations residual, IWorkerTeam team)
    {
        (_plan, _residual) = (plan, residual);
        team.Run(this, plan.NumTokens);
    }

    /// <summary>[R, D] to [R, V].</summary>
    public void Logits(Activations input, Activations logits, int rows) => _head.Forward(input, logits, rows);

    void IParallelWork.Run(int token) => Embedding.Gather(_embedding.Address, _embedding.Type, _plan!.TokenIds[token], (float*)_residual!.Row(token), _residual.Width);

    public void Dispose()
    {
        _head.Dispose();
        if (!_tied) _embedding.Dispose();
    }

    private static WeightMatrix Matrix(Checkpoint from, string name, ModelConfig config, ElementType type)
    {
        var matrix = new WeightMatrix(config.VocabularySize, config.HiddenSize, type);
        matrix.Load(from, name, (config.VocabularySize, config.HiddenSize), (0, config.VocabularySize), 0, 0);
        return matrix;
    }
}
