using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A matrix of a checkpoint, whatever it is held in; e4m3 blocks are multiplied by their scales as they are read.</summary>
internal readonly unsafe struct CheckpointMatrix
{
    private readonly SafetensorsFile _file;
    private readonly TensorEntry _entry;
    private readonly BlockScales? _scales;

    private CheckpointMatrix(SafetensorsFile file, TensorEntry entry, BlockScales? scales) => (_file, _entry, _scales) = (file, entry, scales);

    /// <summary>Bytes of a row in the file.</summary>
    public long RowBytes => _entry.Bytes / Math.Max(1, _entry.Shape[0]);

    private int Columns => (int)_entry.Shape[1];

    /// <exception cref="ModelFormatException">The tensor, or its scales, are missing or of another shape.</exception>
    public static CheckpointMatrix Open(ModelSource source, string name, (long Rows, long Columns) shape)
    {
        var (file, entry) = source.Checkpoint!.Locate(name, shape.Rows, shape.Columns);
        return new CheckpointMatrix(file, entry, entry.Type == TensorType.F8E4M3 ? BlockScales.Read(source, name, shape) : null);
    }

    /// <summary>Whether whole rows can be used as they are in the file.</summary>
    public bool IsPlain(ElementType type, int columns) => columns == Columns && (_entry.Type, type) is (TensorType.F32, ElementType.Float32) or (TensorType.BF16, ElementType.BFloat16);

    /// <summary>Reads whole rows as they are.</summary>
    public void Read(long firstRow, long count, nint to) => _file.Read(_entry, firstRow * RowBytes, to, count * RowBytes);

    /// <summary>Converts a part of a row that was read.</summary>
    /// <param name="row">Which row it is.</param>
    /// <param name="from">Its bytes.</param>
    /// <param name="scratch">[count] floats, of use where elements are scaled.</param>
    public void Convert(long row, nint from, int firstColumn, nint to, ElementType type, int count, float* scratch)
    {
        if (_scales is null)
        {
            TensorConversion.Copy(from, _entry.Type, firstColumn, to, type, 0, count);
            return;
        }

        _scales.Dequantise((byte*)from, row, firstColumn, scratch, count);
        ElementTypes.Convert((nint)scratch, ElementType.Float32, to, type, count);
    }
}
