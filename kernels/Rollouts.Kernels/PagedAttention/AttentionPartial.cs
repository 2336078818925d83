using System.Runtime.CompilerServices;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Four elements of a partial result.</summary>
internal struct AttentionPartial
{
    public Floats4 Output;
    public float Largest, Sum;

    // Finite, so that nothing is subtracted from minus infinity; scores are never so small.
    public static AttentionPartial None => new() { Largest = -1e30f };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly AttentionPartial Add(AttentionPartial other)
    {
        float largest = DeviceMath.Max(Largest, other.Largest), keep = DeviceMath.Exp2(Largest - largest),
            take = DeviceMath.Exp2(other.Largest - largest);
        return new AttentionPartial { Output = Output * keep + other.Output * take, Largest = largest, Sum = Sum * keep + other.Sum * take };
    }
}
