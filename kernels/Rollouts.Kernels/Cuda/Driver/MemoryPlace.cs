using System.Runtime.InteropServices;

namespace Rollouts.Kernels.Cuda;

/// <summary>CUmemAllocationProp: pinned memory of a device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MemoryPlace
{
    private readonly int _type, _handleTypes, _locationType, _location;
    private readonly nint _windowsHandle;
    private readonly long _flags;

    private MemoryPlace(int device) => (_type, _handleTypes, _locationType, _location, _windowsHandle, _flags) = (1, 0, 1, device, 0, 0);

    public static MemoryPlace On(int device) => new(device);
}

/// <summary>CUmemAccessDesc: a device may read and write.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MemoryAccess
{
    private const int ReadAndWrite = 3;

    private readonly int _locationType, _location, _flags;

    private MemoryAccess(int device) => (_locationType, _location, _flags) = (1, device, ReadAndWrite);

    public static MemoryAccess To(int device) => new(device);
}
