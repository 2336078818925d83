using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A head size that attention is compiled for.</summary>
internal interface IDeviceHead
{
    /// <summary>Elements.</summary>
    static abstract int Size { get; }

    /// <summary>Groups of 4 warps on a multiprocessor at a time: as many as the registers hold without spilling.</summary>
    static abstract int MinGroups { get; }
}

internal readonly struct Head64 : IDeviceHead
{
    public static int MinGroups => 5;

    public static int Size => 64;
}

internal readonly struct Head80 : IDeviceHead
{
    public static int MinGroups => 3;

    public static int Size => 80;
}

internal readonly struct Head96 : IDeviceHead
{
    public static int MinGroups => 3;

    public static int Size => 96;
}

internal readonly struct Head128 : IDeviceHead
{
    public static int MinGroups => 3;

    public static int Size => 128;
}

internal readonly struct Head256 : IDeviceHead
{
    public static int MinGroups => 2;

    public static int Size => 256;
}

/// <summary>A lane's part of 16 tokens of a head, up to 128 elements: 8 loads of 16 bytes.</summary>
internal struct Tile
{
    public Words4 A, B, C, D, E, F, G, H;
}

/// <summary>A lane's part of the output, up to 128 elements: 8 tiles of 16 elements by 8 columns.</summary>
internal struct Sums8
{
    public Floats4 A, B, C, D, E, F, G, H;
}
