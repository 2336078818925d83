namespace Rollouts.Kernels;

/// <summary>Gathers rows of the embedding table into the residual stream.</summary>
public static unsafe partial class Embedding
{
    /// <summary>One token.</summary>
    /// <param name="table">[vocabulary, width] of <paramref name="type"/>.</param>
    /// <param name="output">[width].</param>
    public static void Gather(nint table, ElementType type, int token, float* output, int width) =>
        ElementTypes.Convert(table + (nint)((long)token * width * type.Bytes()), type, (nint)output, ElementType.Float32, width);
}
