using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The matrix products of one decode step and nothing else, by libtorch into preallocated outputs: the floor that an engine's step is measured against.</summary>
public sealed class BareGemms : IDisposable
{
    private readonly List<ParallelLinear> _layers = [];
    private readonly List<WeightMatrix> _weights = [];
    private readonly List<(Activations Input, Activations Output)> _operands = [];
    private readonly Dictionary<(int, bool), Activations> _activations = [];
    private readonly WeightArena _arena = new();
    private readonly MatrixProducts _products = new(MatrixProductOptions.LibTorch, new WorkerTeam(1));
    private readonly int _rows;

    /// <param name="config">The shape.</param>
    /// <param name="type">What everything is held in.</param>
    /// <param name="rows">Sequences of the step.</param>
    public BareGemms(ModelConfig config, ElementType type, int rows)
    {
        LibTorch.Ensure();
        _rows = rows;
        var heads = HeadLayout.Of(config, ParallelContext.Single);
        for (var layer = 0; layer < config.NumLayers; layer++)
        {
            Add(config.HiddenSize, heads.QkvWidth, type);
            Add(config.NumHeads * config.HeadSize, config.HiddenSize, type);
            Add(config.HiddenSize, 2 * config.IntermediateSize, type);
            Add(config.IntermediateSize, config.HiddenSize, type);
        }

        Add(config.HiddenSize, config.VocabularySize, type);
    }

    /// <summary>Products of a step.</summary>
    public int Count => _layers.Count;

    /// <summary>Bytes of weights that a step reads.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>One step's products.</summary>
    public void Run()
    {
        for (var i = 0; i < _layers.Count; i++) _layers[i].Forward(_operands[i].Input, _operands[i].Output, _rows);
    }

    /// <summary>Something that reads the same bytes of weights and does nothing with them.</summary>
    public Action ReadingWeights(IWorkerTeam team)
    {
        var reading = new WeightReading(_weights);
        return () => reading.Run(team);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
        foreach (var activations in _activations.Values) activations.Dispose();
        _products.Dispose();
        _arena.Dispose();
    }

    private void Add(int input, int output, ElementType type)
    {
        var weight = new WeightMatrix(_arena, output, input, type);
        weight.Fill(0.01f);
        WeightBytes += (long)output * input * type.Bytes();
        _weights.Add(weight);
        _layers.Add(new ParallelLinear(_products, weight, null));
        _operands.Add((Shared(input, false, type), Shared(output, true, type)));
    }

    private Activations Shared(int width, bool isOutput, ElementType type) =>
        _activations.TryGetValue((width, isOutput), out var known) ? known : _activations[(width, isOutput)] = new Activations(_rows, width, type);
}
