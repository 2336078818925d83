using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A matrix of activations in a kernel device's memory, one row a token, with libtorch's views of its first rows made once each.</summary>
internal sealed class DeviceActivations : IDisposable
{
    /// <summary>Rows that a product takes at a time where a row must not depend on how many others there are.</summary>
    public const int TileRows = 64;

    private const int FewRows = 256;
    private const int RowMultiple = 32;
    private const int FewRowsMultiple = 4;
    private const int WidthMultiple = 8;

    private readonly DeviceTorch _torch;
    private readonly IDisposable _memory;
    private readonly Dictionary<(int First, int Rows), nint> _views = [];

    /// <param name="maxRows">Tokens at most.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="type">What they are held in.</param>
    public DeviceActivations(KernelDevice device, DeviceTorch torch, int maxRows, int width, ElementType type)
        : this(torch, device.Allocate(BytesOf(maxRows, width, type)), maxRows, width, type)
    {
        // Rows that no step has written stay finite: some products take a few rows more than there are.
        device.Fill(Address, 0, Bytes);
    }

    /// <param name="memory">Its owner from here on is this; zeroed, of <see cref="BytesOf"/> bytes.</param>
    public DeviceActivations(DeviceTorch torch, IDisposable memory, nint address, int maxRows, int width, ElementType type)
    {
        (_torch, _memory, Address, Width, Type, Stride) = (torch, memory, address, width, type, StrideOf(width));
        Bytes = BytesOf(maxRows, width, type);
    }

    private DeviceActivations(DeviceTorch torch, DeviceMemory memory, int maxRows, int width, ElementType type)
        : this(torch, memory, memory.Address, maxRows, width, type)
    {
    }

    /// <summary>Bytes that so many rows take.</summary>
    public static long BytesOf(int maxRows, int width, ElementType type) => (long)(maxRows + TileRows - 1) / TileRows * TileRows * StrideOf(width) * type.Bytes();

    /// <summary>Elements of a row.</summary>
    public int Width { get; }

    /// <summary>Elements from a row to the next: the width, rounded up to what kernels read at once.</summary>
    public int Stride { get; }

    /// <summary>What they are held in.</summary>
    public ElementType Type { get; }

    /// <summary>Bytes of all rows.</summary>
    public long Bytes { get; }

    /// <summary>Where the first row is.</summary>
    public nint Address { get; }

    /// <summary>The address of a row.</summary>
    public nint Row(int row) => Address + (nint)((long)row * Stride * Type.Bytes());

    /// <summary>libtorch's view of the first rows; of large steps a few more, so that there are not as many views as steps have sizes.</summary>
    public nint View(int rows) => Rows(0, Padded(rows));

    /// <summary>libtorch's view of one tile of <see cref="TileRows"/> rows.</summary>
    public nint Tile(int tile) => Rows(tile * TileRows, TileRows);

    private nint Rows(int first, int count)
    {
        if (_views.TryGetValue((first, count), out var view)) return view;
        view = TorchShims.Matrix(Row(first), count, Width, Stride, 1, TorchTypes.Of(Type), _torch.Place);
        _views.Add((first, count), view);
        return view;
    }

    public void Dispose()
    {
        foreach (var view in _views.Values) TorchShims.Delete(view);
        _memory.Dispose();
    }

    private static int StrideOf(int width) => (width + WidthMultiple - 1) / WidthMultiple * WidthMultiple;

    private static int Padded(int rows)
    {
        var multiple = rows <= FewRows ? FewRowsMultiple : RowMultiple;
        return (rows + multiple - 1) / multiple * multiple;
    }
}
