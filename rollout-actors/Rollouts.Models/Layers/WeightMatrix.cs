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
        if (source.Checkpoint is not null) source.Loader.Add(new WeightCopy(CheckpointMatrix.Open(source, name, shape), rows.First, firstColumn, this, toRow), rows.Count);
        Reserve();
    }

    /// <summary>Copies a part of a vector, such as a bias or a norm's weight, to our elements from <paramref name="to"/> on.</summary>
    public void LoadVector(ModelSource source, string name, (int First, int Count) elements, int to, long? length = null)
    {
        // A model without a checkpoint has random matrices; its norms leave rows as they are.
        if (source.Checkpoint is null) Write(Ones);
        else
        {
            var (entry, address) = source.Checkpoint.Get(name, length ?? elements.Count);
            Write(at => TensorConversion.Copy(address, entry.Type, elements.First, at, Type, 0, elements.Count));
        }

        void Write(Action<nint> write)
        {
            Reserve();
            WriteAt(Address + (nint)(to * Type.Bytes()), (long)elements.Count * Type.Bytes(), write);
        }

        unsafe void Ones(nint at)
        {
            var one = 1f;
            for (var i = 0; i < elements.Count; i++) ElementTypes.Convert((nint)(&one), ElementType.Float32, at + (nint)(i * Type.Bytes()), Type, 1);
        }
    }

    /// <summary>Has rows written, wherever they are.</summary>
    public void WriteRows(int first, int count, Action<nint> write) => WriteAt(Row(first), (long)count * Columns * Type.Bytes(), write);

    private void WriteAt(nint to, long bytes, Action<nint> write) => arena.Write(to, bytes, write);

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
