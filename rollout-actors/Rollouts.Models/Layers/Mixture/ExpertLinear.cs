using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: E experts, rows ordered by expert.

/// <summary>
/// A matrix for each expert, applied to the rows that go to it. Experts of few rows go through our kernel, the items of many experts at once, so that threads
/// never wait for each other between two experts; those of many rows through libtorch, one after the other.
/// </summary>
internal sealed unsafe class ExpertLinear : IParallelWork, IDisposable
{
    /// <summary>Rows of one expert that pass over its weights together.</summary>
    private const int PanelRows = 64;

    private readonly MatrixProducts _products;
    private readonly WeightMatrix _weights;
    private readonly int _outputWidth;
    private readonly nint[] _transposed;
    private readonly LinearOperands[] _panels;
    private readonly Preparing _preparing = new();
    private int _numPanels;

    /// <param name="weights">[E * out, in]</param>
    public ExpertLinear(MatrixProducts products, WeightMatrix weights, int numExperts)
    {
        (_products, _weights, _outputWidth) = (products, weights, weights.Rows / numExperts);
        products.Reserve(weights.Columns * RoundPanels);
        _panels = new LinearOperands[RoundRows];
        _transposed = new nint[numExperts];
    }

    /// <summary>Rows whose widened input is held at a time.</summary>
    private static int RoundRows => MatrixProducts.PanelRows * RoundPanels;

    private static int RoundPanels => 8;

    /// <summary>An expert's matrix, transposed, as libtorch sees it.</summary>
    public nint Transposed(int expert)
    {
        if (_transposed[expert] == 0) _transposed[expert] = TorchShims.Matrix(_weights.Row(expert * _outputWidth), _weights.Columns, _outputWidth, 1, _weights.Columns, TorchTypes.Of(_weights.Type));
        return _transposed[expert];
    }

    /// <summary>[rows, in] to [rows, out].</summary>
    public void Forward(ExpertPlan plan, Activations input, Activations output, IWorkerTeam team)
    {
        var rows = 0;
        for (var e = 0; e < plan.NumExperts; e++)
        {
            if (plan.Count(e) == 0) continue;
            if (!_products.TakesExpert(plan.Count(e)))
            {
                Multiply(e, plan, input, output);
                continue;
            }

            for (var first = 0; first < plan.Count(e); first += PanelRows)
            {
                var count = Math.Min(PanelRows, plan.Count(e) - first);
                if (rows + count > RoundRows) rows = Flush(input, team);
                Add(e, plan.FirstRow(e) + first, count, rows, output);
                rows += count;
            }
        }

        Flush(input, team);
    }

    /// <summary>One item of one expert's rows.</summary>
    void IParallelWork.Run(int item) => Linear.Multiply(_panels[item / Linear.Items(_outputWidth)], item % Linear.Items(_outputWidth));

    public void Dispose()
    {
        foreach (var view in _transposed)
            if (view != 0) TorchShims.Delete(view);
    }

    private void Add(int expert, int firstRow, int count, int preparedRow, Activations output)
    {
        var prepared = _products.Prepared + (nint)((long)preparedRow * _weights.Columns * sizeof(float));
        _preparing.Add(firstRow, count);
        _panels[_numPanels++] = new LinearOperands(
            _weights.Row(expert * _outputWidth), 0, prepared, output.Row(firstRow), _weights.Type, _weights.Columns, _outputWidth, output.Width, count);
    }

    private int Flush(Activations input, IWorkerTeam team)
    {
        _preparing.Run(input, _products.Prepared, _weights, team);
        team.Run(this, _numPanels * Linear.Items(_outputWidth));
        _numPanels = 0;
        return 0;
    }

    private void Multiply(int expert, ExpertPlan plan, Activations input, Activations output)
    {
        var (type, rows) = (TorchTypes.Of(_weights.Type), (plan.Count(expert) + ExpertPlan.RowMultiple - 1) / ExpertPlan.RowMultiple * ExpertPlan.RowMultiple);
        var from = TorchShims.Matrix(input.Row(plan.FirstRow(expert)), rows, input.Width, input.Width, 1, type);
        var to = TorchShims.Matrix(output.Row(plan.FirstRow(expert)), rows, output.Width, output.Width, 1, type);
        TorchShims.Multiply(to, from, Transposed(expert));
        TorchShims.Delete(from);
        TorchShims.Delete(to);
    }

    /// <summary>Widens the rows of a round.</summary>
    private sealed class Preparing : IParallelWork
    {
        private readonly int[] _rows = new int[RoundRows];
        private int _count;
        private Activations? _input;
        private WeightMatrix? _weights;
        private nint _prepared;

        public void Add(int first, int count)
        {
            for (var r = 0; r < count; r++) _rows[_count++] = first + r;
        }

        public void Run(Activations input, nint prepared, WeightMatrix weights, IWorkerTeam team)
        {
            (_input, _prepared, _weights) = (input, prepared, weights);
            team.Run(this, _count);
            _count = 0;
        }

        void IParallelWork.Run(int item)
        {
            var width = _weights!.Columns;
            Linear.Prepare(_input!.Row(_rows[item]), _input.Type, (float*)_prepared + (long)item * width, width, _weights.Type);
        }
    }
}
