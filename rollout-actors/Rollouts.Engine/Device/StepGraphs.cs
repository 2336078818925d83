using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>
/// Decode steps as graphs, one for each size of batch, longest sequence (which sets the attention's launch) and way of sampling that was met. The first step of a
/// kind runs as it is, so that nothing is loaded or allocated while it is captured.
/// </summary>
/// <param name="captures">Whether steps may be captured; else each runs as it is.</param>
internal sealed class StepGraphs(KernelDevice device, int maxRows, int maxLength, bool captures) : IDisposable
{
    private const int MinLength = 1024;

    private readonly Dictionary<StepKind, DeviceGraph> _graphs = [];

    /// <summary>The kind of a step, sizes rounded up.</summary>
    public StepKind KindOf(int rows, int longest, RowWishes wishes) => new(RowsOf(rows), LengthOf(longest), wishes);

    /// <summary>Runs a step of a kind.</summary>
    public void Run(StepKind kind, Action<StepKind> work)
    {
        if (_graphs.TryGetValue(kind, out var graph))
        {
            graph.Launch();
            return;
        }

        work(kind);
        if (captures) _graphs.Add(kind, device.Capture(() => work(kind)));
    }

    /// <summary>Drops all graphs; they are captured again when their kind is met.</summary>
    public void Clear()
    {
        foreach (var graph in _graphs.Values) graph.Dispose();
        _graphs.Clear();
    }

    public void Dispose() => Clear();

    /// <summary>1, 2, 4, then multiples of 8, 16 and 32: products take no longer for the rows that are added.</summary>
    private int RowsOf(int rows)
    {
        var multiple = rows switch { <= 1 => 1, 2 => 2, <= 4 => 4, <= 64 => 8, <= 256 => 16, _ => 32 };
        return Math.Min(maxRows, (rows + multiple - 1) / multiple * multiple);
    }

    private int LengthOf(int longest)
    {
        var length = MinLength;
        while (length < longest) length *= 2;
        return Math.Min(length, Math.Max(maxLength, longest));
    }
}

/// <summary>What a captured step depends on.</summary>
/// <param name="Rows">Sequences, with empty rows.</param>
/// <param name="MaxLength">No sequence is longer.</param>
/// <param name="Wishes">What its rows may ask of the sampler.</param>
internal readonly record struct StepKind(int Rows, int MaxLength, RowWishes Wishes);

/// <summary>What some row of a step may ask of the sampler beside a token: each costs a launch.</summary>
/// <param name="Filters">top_k, top_p or min_p.</param>
/// <param name="Top">Its likeliest tokens.</param>
internal readonly record struct RowWishes(bool Filters, bool Top)
{
    public static RowWishes Of(StepTicket step)
    {
        var (filters, top) = (false, false);
        foreach (var item in step.Items)
        {
            filters |= SequenceSampling.HasFilters(item.Sequence.Request.Sampling);
            top |= item.TopK > 0;
        }

        return new RowWishes(filters, top);
    }
}
