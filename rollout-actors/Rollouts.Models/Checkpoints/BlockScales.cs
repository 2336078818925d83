using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The scales of a matrix that is held as e4m3 numbers, one a block.</summary>
internal sealed unsafe class BlockScales
{
    private readonly float[] _scales;
    private readonly BlockQuantization _blocks;
    private readonly int _perRow;

    private BlockScales(float[] scales, BlockQuantization blocks, int perRow) => (_scales, _blocks, _perRow) = (scales, blocks, perRow);

    /// <exception cref="ModelFormatException">They are missing, or of another shape than the config's blocks.</exception>
    public static BlockScales Read(ModelSource source, string name, (long Rows, long Columns) shape)
    {
        var blocks = source.Config.Quantization ?? throw new ModelFormatException($"{source.Checkpoint?.Folder}: '{name}' is F8_E4M3, but config.json has no quantization_config that says how it is scaled");
        var (rows, columns) = ((shape.Rows + blocks.BlockRows - 1) / blocks.BlockRows, (shape.Columns + blocks.BlockColumns - 1) / blocks.BlockColumns);
        var (entry, address) = source.Checkpoint!.Get(name + "_scale_inv", rows, columns);
        var scales = new float[rows * columns];
        fixed (float* to = scales) TensorConversion.Copy(address, entry.Type, 0, (nint)to, ElementType.Float32, 0, scales.Length);
        return new BlockScales(scales, blocks, (int)columns);
    }

    /// <summary>A part of a row.</summary>
    /// <param name="from">The row's first byte.</param>
    public void Dequantise(byte* from, long row, int firstColumn, float* to, int count)
    {
        var scales = _scales.AsSpan((int)(row / _blocks.BlockRows * _perRow));
        for (var at = 0; at < count;)
        {
            var column = firstColumn + at;
            var run = Math.Min(count - at, _blocks.BlockColumns - column % _blocks.BlockColumns);
            Float8.Dequantise(from + column, scales[column / _blocks.BlockColumns], to + at, run);
            at += run;
        }
    }
}
