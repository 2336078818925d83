using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Rows of several experts that go through our kernel at once: first all are widened, then the items of all experts are dealt to the threads,
/// which so never wait for each other between two experts.
/// </summary>
internal sealed unsafe class ExpertRound : IParallelWork
{
    /// <summary>Rows of one expert that pass over its weights together.</summary>
    public const int PanelRows = MatrixProducts.PanelRows;

    /// <summary>Rows that are held widened at a time.</summary>
    private const int MaxRows = Panels * PanelRows;
    private const int Panels = 8;

    private readonly MatrixProducts _products;
    private readonly WeightMatrix _weights;
    private readonly int _outputWidth;
    private readonly LinearOperands[] _panels = new LinearOperands[MaxRows];
    private readonly Widening _widening = new();
    private readonly int _outputsPerItem;
    private int _numPanels;
    private int _itemsPerPanel;

    public ExpertRound(MatrixProducts products, WeightMatrix weights, int outputWidth)
    {
        (_products, _weights, _outputWidth) = (products, weights, outputWidth);
        _outputsPerItem = Linear.OutputsPerItem(outputWidth, products.Threads);
        products.Reserve(weights.Columns * Panels);
    }

    /// <summary>Whether so many rows more can be held.</summary>
    public bool HasRoom(int rows) => _widening.Count + rows <= MaxRows;

    /// <summary>Some rows of one expert.</summary>
    public void Add(int expert, int firstRow, int count, Activations output)
    {
        var prepared = _products.Prepared + (nint)((long)_widening.Count * _weights.Columns * sizeof(float));
        _widening.Add(firstRow, count);
        _panels[_numPanels++] = new LinearOperands(
            _weights.Row(expert * _outputWidth), 0, prepared, output.Row(firstRow), _weights.Type, _weights.Columns, _outputWidth, output.Width, count, _outputsPerItem);
        _itemsPerPanel = _panels[0].Items;
    }

    /// <summary>Runs what was added, and begins anew.</summary>
    public void Run(Activations input, IWorkerTeam team)
    {
        _widening.Run(input, _products.Prepared, _weights, team);
        team.Run(this, _numPanels * _itemsPerPanel);
        _numPanels = 0;
    }

    /// <summary>One item of one expert's rows.</summary>
    void IParallelWork.Run(int item) => Linear.Multiply(_panels[item / _itemsPerPanel], item % _itemsPerPanel);

    /// <summary>Widens the rows of a round.</summary>
    private sealed class Widening : IParallelWork
    {
        private readonly int[] _rows = new int[MaxRows];
        private Activations? _input;
        private WeightMatrix? _weights;
        private nint _prepared;

        public int Count { get; private set; }

        public void Add(int first, int count)
        {
            for (var r = 0; r < count; r++) _rows[Count++] = first + r;
        }

        public void Run(Activations input, nint prepared, WeightMatrix weights, IWorkerTeam team)
        {
            (_input, _prepared, _weights) = (input, prepared, weights);
            team.Run(this, Count);
            Count = 0;
        }

        void IParallelWork.Run(int item)
        {
            var width = _weights!.Columns;
            Linear.Prepare(_input!.Row(_rows[item]), _input.Type, (float*)_prepared + (long)item * width, width, _weights.Type);
        }
    }
}
