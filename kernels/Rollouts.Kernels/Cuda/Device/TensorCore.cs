using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

/// <summary>
/// The warp's matrix instructions, and their simulation by shuffles. With lane = 4g + t (g 0..7, t 0..3), of a product C[16 x 8] += A[16 x 16] B[16
/// x 8] a lane holds A's elements (g, 2t) (g+8, 2t) (g, 2t+8) (g+8, 2t+8) and each one's right neighbour, B's (2t, g) (2t+8, g) and each one's
/// lower neighbour, and C's (g, 2t) (g, 2t+1) (g+8, 2t) (g+8, 2t+1).
/// </summary>
/// <remarks>PTX ISA, "Warp-level matrix fragment for mma.m16n8k16",
/// <see href="https://docs.nvidia.com/cuda/parallel-thread-execution/"/>.</remarks>
internal static class TensorCore
{
    /// <summary>Turns an 8 x 8 tile of 16-bit elements round: a lane gives (g, 2t) and (g, 2t+1) and gets (2t, g) and (2t+1, g).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Transpose(uint pair)
    {
        if (!CudaAsm.IsSupported) return SimulateTranspose(pair);
        Output<uint> result = default;
        Input<uint> source = pair;
        CudaAsm.EmitRef("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;", ref result, ref source);
        return result.Value;
    }

    /// <summary>Of two pairs the low halves, the first one's low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LowHalves(uint first, uint second)
    {
        if (!CudaAsm.IsSupported) return (first & 0xFFFF) | (second << 16);
        Output<uint> result = default;
        Input<uint> a = first, b = second;
        CudaAsm.EmitRef("prmt.b32 %0, %1, %2, 0x5410;", ref result, ref a, ref b);
        return result.Value;
    }

    /// <summary>Of two pairs the high halves, the first one's low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HighHalves(uint first, uint second)
    {
        if (!CudaAsm.IsSupported) return (first >> 16) | (second & 0xFFFF0000);
        Output<uint> result = default;
        Input<uint> a = first, b = second;
        CudaAsm.EmitRef("prmt.b32 %0, %1, %2, 0x7632;", ref result, ref a, ref b);
        return result.Value;
    }

    /// <summary>mma.m16n8k16 on the simulated device. Not inlined: a GPU's code has the call in a branch that is never taken.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Floats4 Simulate<TElement>(Floats4 sum, Words4 a, uint b0, uint b1)
        where TElement : struct, IPackedElement
    {
        var t = Group.IdxX & 3;
        // The four lanes of a row learn all of it; then columns 2t and 2t + 1 come from the lanes that hold them.
        var own = new Fragment { A = a, B = new Words2 { X = b0, Y = b1 } };
        var one = Warp.ShuffleXor(own, 1);
        var two = Warp.ShuffleXor(own, 2);
        var three = Warp.ShuffleXor(own, 3);
        var row = new Quad
        {
            First = Pick(t, own, one, two, three),
            Second = Pick(t ^ 1, own, one, two, three),
            Third = Pick(t ^ 2, own, one, two, three),
            Fourth = Pick(t ^ 3, own, one, two, three),
        };
        var columns = new Column { First = row.First.B, Second = row.Second.B, Third = row.Third.B, Fourth = row.Fourth.B };
        var left = Warp.Shuffle(columns, 8 * t);
        var right = Warp.Shuffle(columns, 8 * t + 4);
        sum = Add<TElement>(sum, row.First.A, left.First, right.First);
        sum = Add<TElement>(sum, row.Second.A, left.Second, right.Second);
        sum = Add<TElement>(sum, row.Third.A, left.Third, right.Third);
        return Add<TElement>(sum, row.Fourth.A, left.Fourth, right.Fourth);
    }

    private struct Fragment
    {
        public Words4 A;
        public Words2 B;
    }

    private struct Quad
    {
        public Fragment First, Second, Third, Fourth;
    }

    private struct Column
    {
        public Words2 First, Second, Third, Fourth;
    }

    private static Fragment Pick(int distance, Fragment own, Fragment one, Fragment two, Fragment three) =>
        distance < 2 ? (distance == 0 ? own : one) : (distance == 2 ? two : three);

    private static Floats4 Add<TElement>(Floats4 sum, Words4 a, Words2 left, Words2 right)
        where TElement : struct, IPackedElement => sum + new Floats4(
            Dot<TElement>(a.X, left.X) + Dot<TElement>(a.Z, left.Y),
            Dot<TElement>(a.X, right.X) + Dot<TElement>(a.Z, right.Y),
            Dot<TElement>(a.Y, left.X) + Dot<TElement>(a.W, left.Y),
            Dot<TElement>(a.Y, right.X) + Dot<TElement>(a.W, right.Y));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint SimulateTranspose(uint pair)
    {
        var (g, t) = ((Group.IdxX & 31) >> 2, Group.IdxX & 3);
        var first = Warp.Shuffle(pair, 4 * (2 * t) + (g >> 1));
        var second = Warp.Shuffle(pair, 4 * (2 * t + 1) + (g >> 1));
        return (g & 1) == 0 ? LowHalves(first, second) : HighHalves(first, second);
    }

    private static float Dot<TElement>(uint x, uint y)
        where TElement : struct, IPackedElement => TElement.Low(x) * TElement.Low(y) + TElement.High(x) * TElement.High(y);
}
