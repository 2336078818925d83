using System.Runtime.CompilerServices;
using ILGPU;

namespace Rollouts.Kernels;

/// <summary>Where the kept entries of a row end: those of a larger key stay, and of those with the border's own key the ones up to an
/// index.</summary>
internal struct DeviceBorder
{
    public uint Key;
    public int LastEntry;

    /// <summary>Keeps all.</summary>
    public static DeviceBorder None => new() { Key = 0, LastEntry = int.MaxValue };

    /// <summary>Orders floats as unsigned integers; the two zeros are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Order(float x)
    {
        uint bits = x == 0 ? 0 : Interop.FloatAsInt(x);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Keeps(uint key, int entry) => key > Key || (key == Key && entry <= LastEntry);
}
