using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A matrix of a checkpoint, whatever it is held in; e4m3 blocks are multiplied by their scales as they are read.</summary>
internal readonly unsafe struct CheckpointMatrix
{
    private readonly nint _address;
    private readonly TensorType _type;
    private readonly long _columns;
    private readonly float[]? _scales;
    private readonly BlockQuantization? _blocks;

    private CheckpointMatrix(nint address, TensorType type, long columns, float[]? scales, BlockQuantization? blocks) =>
        (_address, _type, _columns, _scales, _blocks) = (address, type, columns, scales, blocks);

    /// <exception cref="ModelFormatException">The tensor, or its scales, are missing or of another shape.</exception>
    public static CheckpointMatrix Open(ModelSource source, string name, (long Rows, long Columns) shape)
    {
        var (entry, address) = source.Checkpoint.Get(name, shape.Rows, shape.Columns);
        if (entry.Type != TensorType.F8E4M3) return new CheckpointMatrix(address, entry.Type, shape.Columns, null, null);
        var blocks = source.Config.Quantization ?? throw new ModelFormatException($"{source.Checkpoint.Folder}: '{name}' is F8_E4M3, but config.json has no quantization_config that says how it is scaled");
        return new CheckpointMatrix(address, entry.Type, shape.Columns, Scales(source.Checkpoint, name, shape, blocks), blocks);
    }

    /// <summary>Copies elements of a row into what the engine holds them in.</summary>
    /// <param name="scratch">[count] floats, of use where elements are scaled.</param>
    public void CopyRow(long row, long firstColumn, nint to, ElementType type, int count, float* scratch)
    {
        if (_scales is null) TensorConversion.Copy(_address, _type, row * _columns + firstColumn, to, type, 0, count);
        else
        {
            Dequantise(row, firstColumn, scratch, count);
            ElementTypes.Convert((nint)scratch, ElementType.Float32, to, type, count);
        }
    }

    /// <summary>Whether rows can be copied many at a time, as they are.</summary>
    public bool IsPlain(ElementType type, int columns) => columns == _columns && (_type, type) is (TensorType.F32, ElementType.Float32) or (TensorType.BF16, ElementType.BFloat16);

    /// <summary>The address of a row, where it can be read as it is.</summary>
    public nint Row(long row) => _address + (nint)(row * _columns * (_type == TensorType.F32 ? 4 : 2));

    private void Dequantise(long row, long firstColumn, float* to, int count)
    {
        var scaleColumns = (_columns + _blocks!.BlockColumns - 1) / _blocks.BlockColumns;
        var scales = _scales.AsSpan((int)(row / _blocks.BlockRows * scaleColumns));
        for (var at = 0; at < count;)
        {
            var column = firstColumn + at;
            var run = (int)Math.Min(count - at, _blocks.BlockColumns - column % _blocks.BlockColumns);
            Float8.Dequantise((byte*)_address + row * _columns + column, scales[(int)(column / _blocks.BlockColumns)], to + at, run);
            at += run;
        }
    }

    private static float[] Scales(Checkpoint from, string name, (long Rows, long Columns) shape, BlockQuantization blocks)
    {
        var (rows, columns) = ((shape.Rows + blocks.BlockRows - 1) / blocks.BlockRows, (shape.Columns + blocks.BlockColumns - 1) / blocks.BlockColumns);
        var (entry, address) = from.Get(name + "_scale_inv", rows, columns);
        var scales = new float[rows * columns];
        fixed (float* to = scales) TensorConversion.Copy(address, entry.Type, 0, (nint)to, ElementType.Float32, 0, scales.Length);
        return scales;
    }
}
