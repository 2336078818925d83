using System.Collections.Immutable;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Draws a token for each row of a step that does, rows side by side; of the other rows it takes the log-probability of the prompt token that follows.</summary>
internal sealed unsafe class RowSampler : IParallelWork, IDisposable
{
    private readonly Activations _logits;
    private readonly ImmutableArray<int> _eosTokens;
    private readonly int[] _itemOf;
    private readonly int[] _rowInItem;
    private readonly NativeBuffer _scratch;
    private readonly int _lanes;
    private readonly bool[] _busy;
    private StepTicket? _step;

    public RowSampler(Activations logits, int maxRows, ImmutableArray<int> eosTokens, int threads)
    {
        (_logits, _eosTokens, _lanes) = (logits, eosTokens, threads);
        _itemOf = new int[maxRows];
        _rowInItem = new int[maxRows];
        _busy = new bool[threads];
        // For each thread: raw logits, working logits, sort order.
        _scratch = new NativeBuffer(3L * sizeof(float) * logits.Width * threads);
    }

    /// <summary>All rows of a step, in the order in which the plan names them.</summary>
    public void Run(StepTicket step, IWorkerTeam team)
    {
        _step = step;
        var rows = 0;
        for (var i = 0; i < step.Items.Count; i++)
            for (var r = 0; r < step.Items[i].NumRows; r++) (_itemOf[rows], _rowInItem[rows++]) = (i, r);
        team.Run(this, rows);
    }

    void IParallelWork.Run(int row)
    {
        var lane = TakeLane();
        try
        {
            var width = _logits.Width;
            var raw = new Span<float>((float*)_scratch.Address + 3L * lane * width, width);
            fixed (float* to = raw) ElementTypes.Convert(_logits.Row(row), _logits.Type, (nint)to, ElementType.Float32, width);
            var item = _step!.Items[_itemOf[row]];
            if (_rowInItem[row] < item.NumScored) Score(item, _rowInItem[row], raw);
            else Draw(_itemOf[row], raw, lane);
        }
        finally
        {
            Volatile.Write(ref _busy[lane], false);
        }
    }

    public void Dispose() => _scratch.Dispose();

    private void Draw(int index, Span<float> raw, int lane)
    {
        var width = _logits.Width;
        var work = new Span<float>((float*)_scratch.Address + (3L * lane + 1) * width, width);
        var order = new Span<int>((float*)_scratch.Address + (3L * lane + 2) * width, width);
        var item = _step!.Items[index];
        var changed = LogitEdits.Apply(item, raw, work, _eosTokens);
        var drawn = TokenSampler.Draw(raw, work, changed, RowOf(item), order);
        item.Sequence.History?.Add(drawn.Token);
        _step.Tokens[index] = drawn.Token;
        if (item.Sequence.Request.Sampling.LogProbs.IsNone) return;
        var logProbs = drawn.LogProbabilities();
        _step.LogProbs[index] = logProbs.Of(drawn.Token);
        if (item.TopK > 0) logProbs.Top(_step.TopTokens.AsSpan(item.TopAt, item.TopK), _step.TopLogProbs.AsSpan(item.TopAt, item.TopK));
    }

    private static SamplingRow RowOf(in StepItem item)
    {
        var (sequence, sampling) = (item.Sequence, item.Sequence.Request.Sampling);
        return new SamplingRow
        {
            Temperature = sampling.Temperature,
            TopK = sampling.TopK,
            TopP = sampling.TopP,
            MinP = sampling.MinP,
            KeyLow = sequence.Key.Low,
            KeyHigh = sequence.Key.High,
            Position = item.Position,
            ProcessedLogProb = sampling.LogProbMode == LogProbMode.Processed,
        };
    }

    private static void Score(in StepItem item, int row, ReadOnlySpan<float> raw)
    {
        var position = item.Start + row;
        item.Sequence.PromptLogProbs![position] = new LogProbabilities(raw, 1).Of(item.Sequence.Tokens[position + 1]);
    }

    // As many lanes as threads, so one is always free.
    private int TakeLane()
    {
        for (var lane = 0; ; lane = (lane + 1) % _lanes)
            if (!Interlocked.Exchange(ref _busy[lane], true)) return lane;
    }
}
