using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: R rows, D model width, V vocabulary.

/// <summary>The embedding table and the head, which are one matrix in tied models.</summary>
internal sealed unsafe class LanguageHead : IParallelWork, IDisposable
{
    private readonly WeightMatrix _embedding;
    private readonly ParallelLinear _head;
    private StepPlan? _plan;
    private Activations? _residual;

    private LanguageHead(WeightMatrix embedding, ParallelLinear head) => (_embedding, _head) = (embedding, head);

    public static LanguageHead Load(ModelSource source)
    {
        var embedding = Matrix(source, "model.embed_tokens.weight");
        // A tied model's file may still hold a head; it is the table all the same.
        var head = source.Config.TiedEmbeddings ? embedding : Matrix(source, "lm_head.weight");
        return new LanguageHead(embedding, new ParallelLinear(source.Products, head, null));
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

    public void Dispose() => _head.Dispose();

    private static WeightMatrix Matrix(ModelSource source, string name)
    {
        var config = source.Config;
        var matrix = source.NewMatrix(config.VocabularySize, config.HiddenSize);
        matrix.Load(source.Checkpoint, name, (config.VocabularySize, config.HiddenSize), (0, config.VocabularySize), 0, 0);
        return matrix;
    }
}
