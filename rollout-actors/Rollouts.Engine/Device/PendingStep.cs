using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>A launched step whose tokens are on their way to pinned memory.</summary>
internal sealed unsafe class PendingStep : IDisposable
{
    private readonly KernelDevice _device;
    private readonly HostMemory _results;
    private readonly DeviceEvent _done;
    private readonly int[] _itemOfRow;
    private readonly int _maxRows;
    private int _rows;

    public PendingStep(KernelDevice device, int maxRows)
    {
        (_device, _maxRows, _itemOfRow) = (device, maxRows, new int[maxRows]);
        _results = device.AllocateHost(2L * maxRows * sizeof(int));
        _done = device.NewEvent();
    }

    /// <summary>Begins a step.</summary>
    public void Begin() => _rows = 0;

    /// <summary>A row's item draws; -1 where it draws nothing.</summary>
    public void AddRow(int item) => _itemOfRow[_rows++] = item;

    /// <summary>Asks for the results, and marks where they are there.</summary>
    /// <param name="drawn">int [rows], then float [rows], on the device.</param>
    public void Ask(nint drawn)
    {
        if (_rows > 0) _device.Copy(drawn, _results.Address, 2L * _maxRows * sizeof(int));
        _done.Record();
    }

    /// <summary>Waits for the results.</summary>
    public void Await() => _done.Synchronise();

    /// <summary>Puts the results, which are there, into the ticket.</summary>
    public void Take(StepTicket step)
    {
        var tokens = (int*)_results.Address;
        var logProbs = (float*)_results.Address + _maxRows;
        for (var row = 0; row < _rows; row++)
            if (_itemOfRow[row] is >= 0 and var item) (step.Tokens[item], step.LogProbs[item]) = (tokens[row], logProbs[row]);
    }

    public void Dispose()
    {
        _done.Dispose();
        _results.Dispose();
    }
}
