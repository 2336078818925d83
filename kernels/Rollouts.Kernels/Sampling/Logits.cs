using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

/// <summary>What is asked of a whole row of logits.</summary>
public static unsafe class Logits
{
    /// <summary>Terms summed in float before they go to a double.</summary>
    private const int Chunk = 2048;

    /// <summary>The largest.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        fixed (float* row = logits)
            return Vector512.IsHardwareAccelerated ? Max<Lanes512>(row, logits.Length) : Max<Lanes256>(row, logits.Length);
    }

    /// <summary>The first of the largest.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits) => logits.IndexOf(Max(logits));

    /// <summary>Log of the sum of exp(logit * scale), for a scale above 0.</summary>
    public static float LogSumExp(ReadOnlySpan<float> logits, float scale)
    {
        var largest = Max(logits) * scale;
        var sum = 0.0;
        fixed (float* row = logits)
        {
            for (var i = 0; i < logits.Length; i += Chunk)
            {
                var count = Math.Min(Chunk, logits.Length - i);
                sum += Vector512.IsHardwareAccelerated ? SumExp<Lanes512>(row + i, count, scale, largest) : SumExp<Lanes256>(row + i, count, scale, largest);
            }
        }

        return (float)(largest + Math.Log(sum));
    }

    internal static float Max<TLanes>(float* row, int length)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var largest = TLanes.Broadcast(float.NegativeInfinity);
        var i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count) largest = TLanes.Max(largest, TLanes.Load(row + i));
        var result = TLanes.Largest(largest);
        for (; i < length; i++) result = MathF.Max(result, row[i]);
        return result;
    }

    internal static float SumExp<TLanes>(float* row, int length, float scale, float largest)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (sum, scales, shift) = (TLanes.Broadcast(0), TLanes.Broadcast(scale), TLanes.Broadcast(-largest));
        var i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count) sum = TLanes.Add(sum, TLanes.Exp(TLanes.MultiplyAdd(TLanes.Load(row + i), scales, shift)));
        var result = TLanes.Sum(sum);
        for (; i < length; i++) result += MathF.Exp(row[i] * scale - largest);
        return result;
    }
}
