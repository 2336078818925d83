using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A weight of <c>[out, in]</c> rows in the model's arena, filled part by part: merged matrices are written tensor after tensor.</summary>
internal sealed class WeightMatrix(WeightArena arena, int rows, int columns, ElementType type)
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public ElementType Type { get; } = type;

    /// <summary>Its memory, taken with the first thing that is put into it: by then the checkpoint's tensor was found to have the shape that config.json promises.</summary>
    public nint Address { get; private set; }

    /// <summary>Takes the memory; the first call does.</summary>
    public void Reserve()
    {
        if (Address == 0) Address = arena.Take((long)Rows * Columns * Type.Bytes());
    }

    /// <summary>The address of a row.</summary>
    public nint Row(int row) => Address + (nint)((long)row * Columns * Type.Bytes());

    /// <summary>
    /// Copies a part of a checkpoint's tensor: some rows, columns from <paramref name="firstColumn"/> on, to our rows from <paramref name="toRow"/> on.
    /// They are there when the source's loader has run.
    /// </summary>
    public void Load(ModelSource source, string name, (long Rows, long Columns) shape, (int First, int Count) rows, int firstColumn, int toRow)
    {
        var matrix = CheckpointMatrix.Open(source, name, shape);
        Reserve();
        source.Loader.Add(new WeightCopy(matrix, rows.First, firstColumn, this, toRow), rows.Count);
    }

    /// <summary>Copies a part of a vector, such as a bias or a norm's weight, to our elements from <paramref name="to"/> on.</summary>
    public void LoadVector(Checkpoint from, string name, (int First, int Count) elements, int to, long? length = null)
    {
        var (entry, address) = from.Get(name, length ?? elements.Count);
        Reserve();
        TensorConversion.Copy(address, entry.Type, elements.First, Address, Type, to, elements.Count);
    }

    /// <summary>Small numbers of either sign, for benchmarks.</summary>
    public unsafe void Fill(float scale)
    {
        Reserve();
        for (var i = 0L; i < (long)Rows * Columns; i++)
        {
            var value = scale * (i * 7919 % 201 - 100) / 100;
            if (Type == ElementType.Float32) ((float*)Address)[i] = value;
            else ElementTypes.Convert((nint)(&value), ElementType.Float32, Address + (nint)(i * 2), Type, 1);
        }
    }
}
