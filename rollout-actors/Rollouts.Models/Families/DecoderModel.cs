using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A decoder-only transformer: embeddings, layers, norm, head. What the layers are made of is their family's matter.</summary>
internal sealed class DecoderModel : ILanguageModel
{
    private readonly LanguageHead _head;
    private readonly DecoderLayer[] _layers;
    private readonly NormLayer _finalNorm;
    private readonly ModelSource _source;
    private readonly ForwardScratch _scratch;
    private readonly IWorkerTeam _team;
    private readonly bool _keepsRoutedExperts;
    private KvCache? _kv;

    public DecoderModel(IModelFamily family, Checkpoint from, ModelConfig config, ModelOptions options, ParallelContext parallel, IWorkerTeam team)
    {
        (Config, Type, _team, _keepsRoutedExperts) = (config, options.Type, team, options.KeepsRoutedExperts && parallel.Rank == 0);
        _source = ModelSource.Open(from, config, options, parallel, team);
        try
        {
            _head = LanguageHead.Load(_source, options.MaxRows);
            _layers = [.. Enumerable.Range(0, config.NumLayers).Select(layer => family.LoadLayer(_source, layer))];
            _finalNorm = NormLayer.Load(_source, "model.norm.weight", config.HiddenSize);
            _source.Loader.Run(team);
            _scratch = new ForwardScratch(config, options, parallel);
        }
        catch
        {
            _source.Dispose();
            throw;
        }
    }

    /// <summary>Its layers and their scratch, for measuring.</summary>
    internal (DecoderLayer[] Layers, ForwardScratch Scratch) Parts => (_layers, _scratch);

    public ModelConfig Config { get; }

    public ElementType Type { get; }

    public long KvBlockBytes(int blockSize) => KvCache.BlockBytes(Config, _source.Parallel, Type, blockSize);

    public void ReserveKv(int blockSize, int numBlocks)
    {
        _kv?.Dispose();
        _kv = new KvCache(Config, _source.Parallel, Type, blockSize, numBlocks, _keepsRoutedExperts);
    }

    public ReadOnlySpan<byte> RoutedExperts(int slot) => _kv?.RoutedExperts is { } kept ? kept.Slot(slot) : [];

    public void Forward(StepPlan plan, Activations logits)
    {
        var kv = _kv ?? throw new InvalidOperationException("Reserve the KV before the first step.");
        _head.Embed(plan, _scratch.Residual, _team);
        for (var layer = 0; layer < _layers.Length; layer++) _layers[layer].Forward(_scratch, plan, kv, layer, _team);
        if (plan.NumLogitRows == 0) return;
        _finalNorm.ForwardRows(_scratch.Residual, _scratch.Delta, _scratch.HeadInput, plan.LogitRows, plan.NumLogitRows, _team);
        _head.Logits(_scratch.HeadInput, logits, plan.NumLogitRows);
    }

    public void Dispose()
    {
        _head.Dispose();
        foreach (var layer in _layers) layer.Dispose();
        _kv?.Dispose();
        _scratch.Dispose();
        _source.Dispose();
    }
}
