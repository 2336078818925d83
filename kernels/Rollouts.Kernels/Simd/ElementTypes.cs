namespace Rollouts.Kernels;

/// <summary>Sizes of elements, and conversions between kinds.</summary>
public static unsafe class ElementTypes
{
    /// <summary>Bytes of an element.</summary>
    public static int Bytes(this ElementType type) => type == ElementType.Float32 ? 4 : 2;

    /// <summary>Copies elements, converting where the kinds differ.</summary>
    public static void Convert(nint from, ElementType fromType, nint to, ElementType toType, long count)
    {
        if (fromType == toType)
        {
            Buffer.MemoryCopy((void*)from, (void*)to, count * toType.Bytes(), count * toType.Bytes());
            return;
        }

        var lanes = Lanes256.Count;
        var i = 0L;
        if (fromType == ElementType.Float32)
        {
            for (; i + lanes <= count; i += lanes) Lanes256.StoreBFloat16(Lanes256.Load((float*)from + i), (ushort*)to + i);
            for (; i < count; i++) BFloat16.Store(((float*)from)[i], (BFloat16*)to + i);
        }
        else
        {
            for (; i + lanes <= count; i += lanes) Lanes256.Store(Lanes256.LoadBFloat16((ushort*)from + i), (float*)to + i);
            for (; i < count; i++) ((float*)to)[i] = BFloat16.Load((BFloat16*)from + i);
        }
    }
}
