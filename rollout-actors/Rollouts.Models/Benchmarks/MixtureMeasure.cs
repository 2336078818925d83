using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The routed experts of every layer for one decode step, and the matrix products among them alone, by libtorch at the token counts that the router gave.</summary>
public sealed class MixtureMeasure : IDisposable
{
    private readonly DecoderModel _model;
    private readonly KvCache _kv;
    private readonly StepPlan _plan;
    private readonly IWorkerTeam _team;
    private readonly List<(nint Output, nint Input, nint Weight)> _products = [];

    /// <param name="folder">A model whose layers all have experts.</param>
    /// <param name="batch">Tokens of the step.</param>
    /// <param name="threads">Of both.</param>
    public MixtureMeasure(string folder, ElementType type, int batch, int threads)
    {
        LibTorch.Ensure();
        LibTorch.SetThreads(threads);
        var config = ModelConfigReader.Read(folder);
        _team = new OpenMpTeam(threads);
        _model = (DecoderModel)ModelRegistry.Load(folder, config, new ModelOptions(type, 64, batch, batch) { Threads = threads }, _team);
        _kv = new KvCache(config, ParallelContext.Single, type, 16, 1, keepsRoutedExperts: false);
        _plan = new StepPlan(batch, batch, 1, 1) { NumTokens = batch };
        Fill(_model.Parts.Scratch.Normed, batch);
        foreach (var layer in _model.Parts.Layers) AddProducts(layer, type);
    }

    /// <summary>Products of a step.</summary>
    public int NumProducts => _products.Count;

    /// <summary>Bytes of the experts that a step reads.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>Router, order, experts and combination, layer after layer.</summary>
    public void RunExperts()
    {
        var (layers, scratch) = _model.Parts;
        foreach (var layer in layers) layer.FeedForward.Forward(scratch, _plan, _kv, _team);
    }

    /// <summary>The products alone.</summary>
    public void RunProducts()
    {
        foreach (var (output, input, weight) in _products) TorchShims.Multiply(output, input, weight);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (output, input, _) in _products)
        {
            TorchShims.Delete(output);
            TorchShims.Delete(input);
        }

        _kv.Dispose();
        _plan.Dispose();
        _model.Dispose();
        _team.Dispose();
    }

    private void AddProducts(DecoderLayer layer, ElementType type)
    {
        var of = _model.Parts.Scratch.Mixture!;
        var (gateUp, down) = ((MixtureOfExperts)layer.FeedForward).Experts;
        layer.FeedForward.Forward(_model.Parts.Scratch, _plan, _kv, _team);
        for (var e = 0; e < of.Plan.NumExperts; e++)
        {
            if (of.Plan.Count(e) == 0) continue;
            Add(e, of.Rows, of.Gated.GateUp, gateUp);
            Add(e, of.Gated.Gated, of.Outputs, down);
        }

        void Add(int expert, Activations input, Activations output, ExpertLinear linear)
        {
            var (row, rows, kind) = (of.Plan.FirstRow(expert), of.Plan.Count(expert), TorchTypes.Of(type));
            _products.Add((
                TorchShims.Matrix(output.Row(row), rows, output.Width, output.Width, 1, kind), TorchShims.Matrix(input.Row(row), rows, input.Width, input.Width, 1, kind), linear.Transposed(expert)));
            WeightBytes += (long)input.Width * output.Width * type.Bytes();
        }
    }

    private static unsafe void Fill(Activations activations, int rows)
    {
        var random = new Random(3);
        for (var r = 0; r < rows; r++)
            for (var i = 0; i < activations.Width; i++)
            {
                var value = random.NextSingle() * 4 - 2;
                ElementTypes.Convert((nint)(&value), ElementType.Float32, activations.Row(r) + i * activations.Type.Bytes(), activations.Type, 1);
            }
    }
}
