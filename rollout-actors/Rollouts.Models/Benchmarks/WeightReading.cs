using System.Runtime.Intrinsics;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Reads weights and does nothing with them: the memory's own limit, which a step at batch 1 is measured against.</summary>
internal sealed unsafe class WeightReading(IReadOnlyList<WeightMatrix> weights) : IParallelWork
{
    private const long SliceBytes = 1 << 20;

    private readonly (nint Address, long Bytes)[] _slices = [.. weights.SelectMany(Slices)];

    public void Run(IWorkerTeam team) => team.Run(this, _slices.Length);

    void IParallelWork.Run(int item)
    {
        var (address, bytes) = _slices[item];
        var (from, sum, other) = ((nint)address, Vector256<byte>.Zero, Vector256<byte>.Zero);
        for (var i = 0L; i + 64 <= bytes; i += 64)
        {
            sum ^= Vector256.Load((byte*)from + i);
            other ^= Vector256.Load((byte*)from + i + 32);
        }

        // The sum is used, or the compiler would leave the loads out.
        if ((sum ^ other) == Vector256.Create((byte)1)) GC.KeepAlive(this);
    }

    private static IEnumerable<(nint, long)> Slices(WeightMatrix weight)
    {
        var bytes = (long)weight.Rows * weight.Columns * weight.Type.Bytes();
        for (var first = 0L; first < bytes; first += SliceBytes) yield return (weight.Address + (nint)first, Math.Min(SliceBytes, bytes - first));
    }
}
