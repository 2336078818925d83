using System.Numerics;
using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>Reads every weight of a checkpoint: a NaN would otherwise show as a run of nonsense tokens.</summary>
public static unsafe class WeightCheck
{
    private const uint ExponentF32 = 0x7F80_0000;
    private const ushort ExponentBF16 = 0x7F80;
    private const ushort ExponentF16 = 0x7C00;
    private const byte NotANumberE4M3 = 0x7F;

    /// <exception cref="ModelFormatException">A weight is NaN or infinite; the message names each such tensor's first.</exception>
    public static void Run(Checkpoint checkpoint)
    {
        var faults = new List<string>();
        foreach (var entry in checkpoint.Tensors)
            if (FirstNotFinite(entry, checkpoint.Get(entry.Name, entry.Shape.AsSpan()).Address) is var (index, count))
                faults.Add($"tensor '{entry.Name}' has {count} weights that are NaN or infinite, the first at [{string.Join(", ", Place(index, entry.Shape.AsSpan()))}]");
        if (faults.Count > 0) throw new ModelFormatException($"{checkpoint.Folder}: {string.Join("; ", faults)}; take an earlier checkpoint");
    }

    private static (long First, long Count)? FirstNotFinite(TensorEntry entry, nint address)
    {
        return entry.Type switch
        {
            TensorType.F32 => Scan(new ReadOnlySpan<uint>((void*)address, checked((int)(entry.Bytes / 4))), ExponentF32),
            TensorType.BF16 => Scan(new ReadOnlySpan<ushort>((void*)address, checked((int)(entry.Bytes / 2))), ExponentBF16),
            TensorType.F16 => Scan(new ReadOnlySpan<ushort>((void*)address, checked((int)(entry.Bytes / 2))), ExponentF16),
            TensorType.F8E4M3 => Scan(new ReadOnlySpan<byte>((void*)address, checked((int)entry.Bytes)), NotANumberE4M3),
            _ => null,
        };
    }

    /// <summary>An element whose exponent is all ones is NaN or infinite.</summary>
    private static (long First, long Count)? Scan<T>(ReadOnlySpan<T> bits, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (first, count) = (-1L, 0L);
        var vectors = MemoryMarshal.Cast<T, Vector<T>>(bits);
        var mask = new Vector<T>(exponent);
        for (var v = 0; v < vectors.Length; v++)
            if (Vector.EqualsAny(vectors[v] & mask, mask)) Count(bits.Slice(v * Vector<T>.Count, Vector<T>.Count), v * Vector<T>.Count);
        Count(bits[(vectors.Length * Vector<T>.Count)..], vectors.Length * Vector<T>.Count);
        return count > 0 ? (first, count) : null;

        void Count(ReadOnlySpan<T> some, long start)
        {
            for (var i = 0; i < some.Length; i++)
            {
                if ((some[i] & exponent) != exponent) continue;
                if (count++ == 0) first = start + i;
            }
        }
    }

    private static long[] Place(long index, ReadOnlySpan<long> shape)
    {
        var place = new long[shape.Length];
        for (var d = shape.Length - 1; d >= 0; d--) (place[d], index) = (index % shape[d], index / shape[d]);
        return place;
    }
}
