using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>A launched step whose results are on their way to pinned memory.</summary>
internal sealed unsafe class PendingStep : IDisposable
{
    private readonly HostMemory _host;
    private readonly DrawnRows _drawn;
    private readonly DeviceEvent _done;
    private readonly (int Item, int Scored)[] _rows;
    private readonly KernelDevice _device;
    private StepTicket? _step;
    private int _count;

    /// <param name="drawn">What the device writes, of all steps.</param>
    public PendingStep(KernelDevice device, DrawnRows drawn)
    {
        (_device, _drawn, _rows) = (device, drawn, new (int, int)[drawn.MaxRows]);
        _host = device.AllocateHost(drawn.Bytes(withTop: true));
        _done = device.NewEvent();
    }

    /// <summary>Begins a step.</summary>
    public void Begin(StepTicket step) => (_step, _count) = (step, 0);

    /// <summary>The next row is an item's.</summary>
    /// <param name="scored">Which of the rows that it has for scoring its prompt; -1 for the one that draws.</param>
    public void AddRow(int item, int scored) => _rows[_count++] = (item, scored);

    /// <summary>The host has drawn: no results are awaited.</summary>
    public void Forget() => _count = 0;

    /// <summary>Asks for the results, and marks where they are there.</summary>
    /// <param name="withTop">Whether a row wants its likeliest tokens.</param>
    public void Ask(bool withTop)
    {
        if (_count > 0) _device.Copy(_drawn.Address, _host.Address, _drawn.Bytes(withTop));
        _done.Record();
    }

    /// <summary>Waits for the results.</summary>
    public void Await() => _done.Synchronise();

    /// <summary>Puts the results, which are there, into the ticket and its sequences; once.</summary>
    public void Take()
    {
        for (var row = 0; row < _count; row++) Take(row, _rows[row].Item, _rows[row].Scored);
        _count = 0;
    }

    public void Dispose()
    {
        _done.Dispose();
        _host.Dispose();
    }

    private void Take(int row, int index, int scored)
    {
        var (at, item) = (_host.Address, _step!.Items[index]);
        var logProb = _drawn.LogProbs(at)[row];
        if (scored >= 0)
        {
            item.Sequence.PromptLogProbs![item.Start + scored] = logProb;
            return;
        }

        (_step.Tokens[index], _step.LogProbs[index]) = (_drawn.Tokens(at)[row], logProb);
        item.Sequence.History?.Add(_step.Tokens[index]);
        if (item.TopK == 0) return;
        _drawn.TopTokens(at, row)[..item.TopK].CopyTo(_step.TopTokens.AsSpan(item.TopAt));
        _drawn.TopLogProbs(at, row)[..item.TopK].CopyTo(_step.TopLogProbs.AsSpan(item.TopAt));
    }
}
