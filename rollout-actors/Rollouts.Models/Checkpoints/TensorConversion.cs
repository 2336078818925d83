using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Copies elements of a checkpoint into what the engine holds them in.</summary>
internal static unsafe class TensorConversion
{
    public static void Copy(nint from, TensorType fromType, long fromElement, nint to, ElementType toType, long toElement, long count)
    {
        var target = to + (nint)(toElement * toType.Bytes());
        switch (fromType)
        {
            case TensorType.F32:
                ElementTypes.Convert(from + (nint)(fromElement * 4), ElementType.Float32, target, toType, count);
                break;
            case TensorType.BF16:
                ElementTypes.Convert(from + (nint)(fromElement * 2), ElementType.BFloat16, target, toType, count);
                break;
            case TensorType.F16:
                Halves(new ReadOnlySpan<Half>((Half*)from + fromElement, checked((int)count)), target, toType);
                break;
            default:
                throw new ModelFormatException($"a vector is held as {fromType}; F32, F16 and BF16 are read");
        }
    }

    private static void Halves(ReadOnlySpan<Half> from, nint to, ElementType type)
    {
        var row = new float[from.Length];
        for (var i = 0; i < row.Length; i++) row[i] = (float)from[i];
        fixed (float* source = row) ElementTypes.Convert((nint)source, ElementType.Float32, to, type, row.Length);
    }
}
