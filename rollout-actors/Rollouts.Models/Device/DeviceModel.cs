using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// A decoder-only transformer on a kernel device: a GPU, or the simulated one, on which the same code runs in tests.
/// All of a step goes to the device's one stream. Used by one thread at a time, each of which binds it first.
/// </summary>
public sealed partial class DeviceModel : IDisposable
{
    private readonly DeviceTorch _torch;
    private readonly ModelOptions _options;
    private readonly HeadLayout _heads;
    private readonly IDeviceCollective? _collective;
    private readonly ModelSource _source;
    private readonly DeviceWeightArena _arena;
    private readonly HeadWeights _vocabulary;
    private readonly DeviceDecoderLayer[] _layers;
    private readonly DeviceNorm _finalNorm;
    private readonly DeviceLinear _head;
    private readonly DeviceRotary _rotary;
    private readonly DeviceScratch _scratch;
    private readonly DeviceActivations _logits;
    private DeviceKvCache? _kv;
    private int _disposed;

    /// <param name="checkpoint">Null where weights are random.</param>
    /// <param name="ranks">The other ranks, which are made at the same time; null where there is one.</param>
    internal DeviceModel(KernelDevice device, Checkpoint? checkpoint, ModelConfig config, ModelOptions options, IWorkerTeam readers, DeviceRanks? ranks = null, int rank = 0)
    {
        var parallel = ranks?.ContextOf(rank) ?? ParallelContext.Single;
        (Device, Config, _options, _torch) = (device, config, options, DeviceTorch.For(device, options));
        _torch.Bind();
        _heads = HeadLayout.Of(config, parallel);
        _arena = new DeviceWeightArena(device, options.Type, checkpoint is null ? RandomScale : 0);
        _source = ModelSource.Open(checkpoint, config, options, parallel, readers, _arena) with { VectorType = options.Type };
        _vocabulary = HeadWeights.Load(_source);
        _layers = [.. Enumerable.Range(0, config.NumLayers).Select(layer => new DeviceDecoderLayer(device, _torch, _source, layer))];
        _finalNorm = DeviceNorm.Load(device, _source, "model.norm.weight");
        _head = new DeviceLinear(_torch, _vocabulary.Head, null);
        _source.Loader.Run(readers);
        _arena.Settle();
        _rotary = new DeviceRotary(device, _source.Rotary, options.MaxLength, config.RotarySize);
        _collective = ranks?.Join(rank, new DeviceCollectiveShape(device, _torch, Type, options.MaxTokens, options.MaxRows, config.HiddenSize, config.VocabularySize,
            parallel.ShareVocabulary(config.VocabularySize, 0).Count));
        _scratch = new DeviceScratch(device, _torch, config, options, parallel, _collective);
        _logits = new DeviceActivations(device, _torch, options.MaxRows, config.VocabularySize, options.Type);
    }

    /// <summary>Where it runs.</summary>
    public KernelDevice Device { get; }

    /// <summary>Its shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>What weights, activations and KV are held in.</summary>
    public ElementType Type => _options.Type;

    /// <summary>[R, vocabulary] where a step's logits go, and the elements from a row to the next.</summary>
    public (nint Address, int Stride) Logits => (_logits.Address, _logits.Stride);

    /// <summary>Prompt tokens, with what came before them, that flash attention takes in a step; 0 where it takes none.</summary>
    public int MaxPromptKeys => _scratch.MaxKeys;

    /// <summary>Whether its steps can stand in a graph.</summary>
    public bool CanBeCaptured => _collective?.CanBeCaptured ?? true;

    /// <summary>Bytes that one KV block of 16 tokens takes over all layers, of this rank.</summary>
    public long KvBlockBytes => DeviceKvCache.BlockBytes(Config, _heads, Type);

    /// <summary>Loads a model folder.</summary>
    /// <param name="device">Borrowed; must outlive the model.</param>
    /// <param name="readers">Threads that read the files.</param>
    /// <exception cref="ModelFormatException">The files are not what config.json says, the model cannot run here, or memory does not suffice.</exception>
    public static DeviceModel Load(string folder, ModelConfig config, ModelOptions options, KernelDevice device, IWorkerTeam readers)
    {
        DeviceFit.Require(folder, config, new ParallelPlan());
        using var checkpoint = Checkpoint.Open(folder);
        return new DeviceModel(device, checkpoint, config, options, readers);
    }

    /// <summary>A model of this shape with random weights, made on the device: for benchmarks.</summary>
    public static DeviceModel Random(ModelConfig config, ModelOptions options, KernelDevice device, IWorkerTeam readers) => new(device, null, config, options, readers);

    /// <exception cref="RankStoppedException">Another rank did not come: what steps have computed since is nonsense.</exception>
    public void RequireSound() => _collective?.RequireSound();

    /// <summary>Makes the device current on the calling thread.</summary>
    public void Bind() => _torch.Bind();

    /// <summary>Takes the memory for keys and values; what was in it before is gone.</summary>
    /// <param name="numBlocks">Blocks of 16 tokens.</param>
    public void ReserveKv(int numBlocks)
    {
        _kv?.Dispose();
        _kv = null;
        _kv = new DeviceKvCache(Device, Config, _heads, Type, numBlocks);
    }

    /// <summary>Gives a step to the stream: KV of its tokens goes to the cache, logits of its rows to <see cref="Logits"/>. Allocates nothing after the first of its size.</summary>
    public void Forward(in DeviceStep step)
    {
        var kv = _kv ?? throw new InvalidOperationException("Reserve the KV before the first step.");
        Embed(step);
        for (var layer = 0; layer < _layers.Length; layer++) _layers[layer].Forward(_scratch, step, kv, layer, _rotary);
        if (step.NumRows == 0) return;
        _finalNorm.Forward(_scratch.Residual, _scratch.Delta, _scratch.Normed, step.NumTokens);
        if (step.LogitRows != 0) Embedding.Gather(Device, _scratch.Normed.Address, Type, step.LogitRows, _scratch.HeadInput.Address, Type, step.NumRows, Config.HiddenSize);
        _head.Forward(step.LogitRows != 0 ? _scratch.HeadInput : _scratch.Normed, _collective?.LogitsPart ?? _logits, step.NumRows);
        _collective?.Gather(_logits, step.NumRows);
    }

    /// <summary>Gives the memory of weights and KV back to the device: weights are put by in the host's memory, KV is lost.</summary>
    public void Sleep()
    {
        _kv?.Sleep();
        _arena.Sleep();
    }

    /// <summary>Brings weights and room for KV back, to the same addresses: captured steps hold.</summary>
    public void Wake()
    {
        _arena.Wake();
        _kv?.Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var layer in _layers) layer.Dispose();
        _head.Dispose();
        _kv?.Dispose();
        _logits.Dispose();
        _scratch.Dispose();
        _rotary.Dispose();
        _collective?.Dispose();
        _source.Dispose();
    }

    /// <summary>Rows of the tokens. Where ranks have parts of the table, a row is zeros on all but one, and the first layer's norm adds the sum to an empty stream.</summary>
    private void Embed(in DeviceStep step)
    {
        var table = _vocabulary.Embedding.Address;
        if (_collective is null)
        {
            Embedding.Gather(Device, table, Type, step.Tokens, _scratch.Residual.Address, ElementType.Float32, step.NumTokens, Config.HiddenSize);
            return;
        }

        Embedding.Gather(Device, table, Type, step.Tokens, _scratch.Part.Address, Type, step.NumTokens, Config.HiddenSize, (_vocabulary.First, _vocabulary.Count));
        Device.Fill(_scratch.Residual.Address, 0, (long)step.NumTokens * _scratch.Residual.Stride * _scratch.Residual.Type.Bytes());
        _scratch.Sum(step.NumTokens);
    }

    /// <summary>Rows keep about their size through a layer of the usual widths.</summary>
    private const float RandomScale = 0.02f;
}
