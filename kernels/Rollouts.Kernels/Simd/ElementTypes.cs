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

        for (var i = 0L; i < count; i++)
        {
            if (fromType == ElementType.Float32) BFloat16.Store(((float*)from)[i], (BFloat16*)to + i);
            else ((float*)to)[i] = BFloat16.Load((BFloat16*)from + i);
        }
    }
}
