using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: N this rank's heads, P plain size, V value size, L latent size.

/// <summary>The matrices that expand a latent into each head's key and value (kv_b_proj), held as absorbing needs them.</summary>
/// <param name="Keys">[N L, P]: of each head transposed, for queries are multiplied from the other side.</param>
/// <param name="Values">[N V, L]</param>
internal sealed record LatentExpansion(WeightMatrix Keys, WeightMatrix Values)
{
    public static LatentExpansion Load(ModelSource source, string name, (int First, int Count) heads)
    {
        var shape = source.Config.Latent!;
        var (keys, values) = (source.NewMatrix(heads.Count * shape.LatentSize, shape.PlainSize), source.NewMatrix(heads.Count * shape.ValueSize, shape.LatentSize));
        var perHead = shape.PlainSize + shape.ValueSize;
        var whole = ((long)source.Config.NumHeads * perHead, (long)shape.LatentSize);
        keys.Reserve();
        if (source.Checkpoint is null)
        {
            values.Reserve();
            return new LatentExpansion(keys, values);
        }

        // One head at a time is read apart, for it is turned round.
        var apart = source with { Loader = new WeightLoader() };
        using var arena = new WeightArena();
        var plain = new WeightMatrix(arena, shape.PlainSize, shape.LatentSize, source.Type);
        for (var h = 0; h < heads.Count; h++)
        {
            var first = (heads.First + h) * perHead;
            plain.Load(apart, name, whole, (first, shape.PlainSize), 0, 0);
            apart.Loader.Run(source.Team);
            keys.WriteRows(h * shape.LatentSize, shape.LatentSize, at => Transpose(plain, at));
            values.Load(source, name, whole, (first + shape.PlainSize, shape.ValueSize), 0, h * shape.ValueSize);
        }

        return new LatentExpansion(keys, values);
    }

    private static unsafe void Transpose(WeightMatrix from, nint to)
    {
        for (var r = 0; r < from.Rows; r++)
            for (var c = 0; c < from.Columns; c++)
                if (from.Type == ElementType.Float32) ((float*)to)[c * from.Rows + r] = ((float*)from.Row(r))[c];
                else ((ushort*)to)[c * from.Rows + r] = ((ushort*)from.Row(r))[c];
    }
}
