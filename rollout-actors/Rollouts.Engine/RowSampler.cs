using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Draws a token for each row of a step, rows side by side; for scored prompts it takes the log-probability of the token that is there.</summary>
internal sealed unsafe class RowSampler : IParallelWork, IDisposable
{
    private readonly Activations _logits;
    private readonly IReadOnlyCollection<int> _stopTokens;
    private readonly int[] _itemOf;
    private readonly int[] _rowInItem;
    private readonly NativeBuffer _scratch;
    private readonly int _lanes;
    private readonly bool[] _busy;
    private StepTicket? _step;

    public RowSampler(Activations logits, int maxRows, IReadOnlyCollection<int> stopTokens, int threads)
    {
        (_logits, _stopTokens, _lanes) = (logits, stopTokens, threads);
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
        {
            var item = step.Items[i];
            var count = item.Sequence.Request.Score ? item.Count : item.Draws ? 1 : 0;
            for (var r = 0; r < count; r++) (_itemOf[rows], _rowInItem[rows++]) = (i, r);
        }

        team.Run(this, rows);
    }

    void IParallelWork.Run(int row)
    {
        var lane = TakeLane();
        try
        {
            var width = _logits.Width;
            var raw = new Span<float>((float*)_scratch.Address + 3L * lane * width, width);
            var work = new Span<float>((float*)_scratch.Address + (3L * lane + 1) * width, width);
            var order = new Span<int>((float*)_scratch.Address + (3L * lane + 2) * width, width);
            fixed (float* to = raw) ElementTypes.Convert(_logits.Row(row), _logits.Type, (nint)to, ElementType.Float32, width);
            var item = _step!.Items[_itemOf[row]];
            if (item.Sequence.Request.Score) Score(item, _rowInItem[row], raw);
            else (_step.Tokens[_itemOf[row]], _step.LogProbs[_itemOf[row]]) = Draw(item, raw, work, order);
        }
        finally
        {
            Volatile.Write(ref _busy[lane], false);
        }
    }

    public void Dispose() => _scratch.Dispose();

    private (int, float) Draw(in StepItem item, Span<float> raw, Span<float> work, Span<int> order)
    {
        var (sequence, sampling) = (item.Sequence, item.Sequence.Request.Sampling);
        var row = new SamplingRow
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
        var drawn = TokenSampler.Draw(raw, work, Penalise(item, raw, work), row, order);
        sequence.History?.Add(drawn.Token);
        return drawn;
    }

    /// <summary>Bars stop tokens before min_tokens, then applies penalties; false where nothing is changed.</summary>
    private bool Penalise(in StepItem item, Span<float> raw, Span<float> work)
    {
        var sampling = item.Sequence.Request.Sampling;
        var early = item.Position < sampling.MinTokens;
        if (!early && item.Sequence.History is null) return false;
        raw.CopyTo(work);
        if (early)
        {
            foreach (var token in _stopTokens) work[token] = float.NegativeInfinity;
            foreach (var token in sampling.StopTokenIds) work[token] = float.NegativeInfinity;
        }

        item.Sequence.History?.Penalise(work, sampling);
        return true;
    }

    private static void Score(in StepItem item, int row, ReadOnlySpan<float> raw)
    {
        var position = item.Start + row;
        if (position + 1 < item.Sequence.NumPrompt)
            item.Sequence.PromptLogProbs![position] = raw[item.Sequence.Tokens[position + 1]] - Logits.LogSumExp(raw, 1);
    }

    // As many lanes as threads, so one is always free.
    private int TakeLane()
    {
        for (var lane = 0; ; lane = (lane + 1) % _lanes)
            if (!Interlocked.Exchange(ref _busy[lane], true)) return lane;
    }
}
