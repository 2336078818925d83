using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// How rows and queries come to the latent kernel's group.
public static unsafe partial class PagedLatentAttention
{
    /// <summary>Nine chunks of a block, zeros where there is none: what is multiplied by a weight of 0 must be finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Chunks9 Load(long latents, int block, bool exists)
    {
        long from = latents + ((long)block * 16 * RowChunks + Group.IdxX) * 16;
        return new Chunks9
        {
            A = Global.Stream16(from, exists),
            B = Global.Stream16(from + 2048, exists),
            C = Global.Stream16(from + 4096, exists),
            D = Global.Stream16(from + 6144, exists),
            E = Global.Stream16(from + 8192, exists),
            F = Global.Stream16(from + 10240, exists),
            G = Global.Stream16(from + 12288, exists),
            H = Global.Stream16(from + 14336, exists),
            I = Global.Stream16(from + 16384, exists),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(DynamicShared shared, int at, Chunks9 x)
    {
        shared.Store16(at + Place(0), x.A);
        shared.Store16(at + Place(1), x.B);
        shared.Store16(at + Place(2), x.C);
        shared.Store16(at + Place(3), x.D);
        shared.Store16(at + Place(4), x.E);
        shared.Store16(at + Place(5), x.F);
        shared.Store16(at + Place(6), x.G);
        shared.Store16(at + Place(7), x.H);
        shared.Store16(at + Place(8), x.I);
    }

    /// <summary>Where a lane's chunk lies: each row is 16 bytes longer than its chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(int number)
    {
        uint chunk = (uint)(Group.IdxX + 128 * number);
        return (int)((chunk + chunk / RowChunks) * 16);
    }

    /// <summary>A warp's 144 elements of heads g and g + 8: nine steps of the tensor cores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Chunks9 Query(long upper, long lower) => new()
    {
        A = QueryStep(upper, lower),
        B = QueryStep(upper + 32, lower + 32),
        C = QueryStep(upper + 64, lower + 64),
        D = QueryStep(upper + 96, lower + 96),
        E = QueryStep(upper + 128, lower + 128),
        F = QueryStep(upper + 160, lower + 160),
        G = QueryStep(upper + 192, lower + 192),
        H = QueryStep(upper + 224, lower + 224),
        I = QueryStep(upper + 256, lower + 256),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words4 QueryStep(long upper, long lower) => new()
    {
        X = (uint)Global.ReadInt(upper),
        Y = (uint)Global.ReadInt(lower),
        Z = (uint)Global.ReadInt(upper + 16),
        W = (uint)Global.ReadInt(lower + 16),
    };
}
