using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>What the sampler writes for the rows of a step, on the device and, once copied, on the host: tokens, their log-probabilities, and the likeliest tokens where they are wanted.</summary>
internal sealed unsafe class DrawnRows : IDisposable
{
    private readonly DeviceMemory _memory;

    public DrawnRows(KernelDevice device, int maxRows)
    {
        MaxRows = maxRows;
        _memory = device.Allocate(Bytes(withTop: true));
        device.Fill(_memory.Address, 0, _memory.Bytes);
    }

    /// <summary>Rows at most.</summary>
    public int MaxRows { get; }

    /// <summary>On the device.</summary>
    public nint Address => _memory.Address;

    /// <summary>Bytes of all rows.</summary>
    public long Bytes(bool withTop) => 2L * MaxRows * sizeof(int) * (withTop ? 1 + TokenSampler.MaxTop : 1);

    /// <summary>[rows] log-probabilities, on the device.</summary>
    public nint LogProbsThere => Address + MaxRows * sizeof(int);

    /// <summary>[rows, most] likeliest tokens and their log-probabilities, on the device.</summary>
    public (nint Tokens, nint LogProbs) TopThere => (Address + 2 * MaxRows * sizeof(int), Address + (nint)((2L + TokenSampler.MaxTop) * MaxRows * sizeof(int)));

    /// <summary>[rows], of a copy on the host.</summary>
    public ReadOnlySpan<int> Tokens(nint copy) => new((void*)copy, MaxRows);

    /// <summary>[rows], of a copy on the host.</summary>
    public ReadOnlySpan<float> LogProbs(nint copy) => new((float*)copy + MaxRows, MaxRows);

    /// <summary>A row's likeliest tokens, of a copy on the host.</summary>
    public ReadOnlySpan<int> TopTokens(nint copy, int row) => new((int*)copy + 2 * MaxRows + row * TokenSampler.MaxTop, TokenSampler.MaxTop);

    /// <summary>Their log-probabilities.</summary>
    public ReadOnlySpan<float> TopLogProbs(nint copy, int row) => new((float*)copy + (2 + TokenSampler.MaxTop) * MaxRows + row * TokenSampler.MaxTop, TokenSampler.MaxTop);

    public void Dispose() => _memory.Dispose();
}
