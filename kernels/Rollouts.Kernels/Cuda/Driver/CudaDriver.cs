using System.Runtime.InteropServices;

namespace Rollouts.Kernels.Cuda;

/// <summary>The CUDA driver's own functions, as far as ILGPU does not bring them: primary contexts, graphs, events, memory.</summary>
/// <remarks>CUDA Driver API reference, <see href="https://docs.nvidia.com/cuda/cuda-driver-api/"/>.</remarks>
internal static unsafe partial class CudaDriver
{
    private const string Library = "libcuda.so.1";

    /// <summary>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: ranks are threads, and another rank's allocation must not break a capture.</summary>
    public const int ThreadLocalCapture = 1;

    public const int Ok = 0;

    [LibraryImport(Library, EntryPoint = "cuInit")]
    public static partial int Initialise(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    public static partial int GetDeviceCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    public static partial int GetDevice(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    public static partial int GetDeviceName(ref byte name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static partial int RetainPrimaryContext(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int ReleasePrimaryContext(int device);

    /// <summary>Devices by their handles, which are their ordinals.</summary>
    [LibraryImport(Library, EntryPoint = "cuDeviceCanAccessPeer")]
    public static partial int CanAccessPeer(out int can, int device, int peer);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    public static partial int SetCurrentContext(nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial int GetMemoryInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial int Allocate(out nint address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial int Free(nint address);

    [LibraryImport(Library, EntryPoint = "cuMemAllocHost_v2")]
    public static partial int AllocatePinned(out nint address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    public static partial int FreePinned(nint address);

    [LibraryImport(Library, EntryPoint = "cuMemcpyAsync")]
    public static partial int CopyAsync(nint to, nint from, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    public static partial int FillAsync(nint address, byte value, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemGetAllocationGranularity")]
    public static partial int GetGranularity(out nuint granularity, in MemoryPlace place, int option);

    [LibraryImport(Library, EntryPoint = "cuMemAddressReserve")]
    public static partial int ReserveAddresses(out nint address, nuint bytes, nuint alignment, nint hint, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuMemAddressFree")]
    public static partial int FreeAddresses(nint address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemCreate")]
    public static partial int CreateMemory(out ulong memory, nuint bytes, in MemoryPlace place, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuMemRelease")]
    public static partial int ReleaseMemory(ulong memory);

    [LibraryImport(Library, EntryPoint = "cuMemMap")]
    public static partial int Map(nint address, nuint bytes, nuint offset, ulong memory, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuMemUnmap")]
    public static partial int Unmap(nint address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemSetAccess")]
    public static partial int SetAccess(nint address, nuint bytes, in MemoryAccess access, nuint count);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    public static partial int SynchroniseStream(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamWaitEvent")]
    public static partial int WaitFor(nint stream, nint onEvent, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    public static partial int CreateEvent(out nint created, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int DestroyEvent(nint destroyed);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    public static partial int RecordEvent(nint recorded, nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    public static partial int SynchroniseEvent(nint awaited);

    [LibraryImport(Library, EntryPoint = "cuEventQuery")]
    public static partial int QueryEvent(nint asked);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")]
    public static partial int ElapsedMs(out float milliseconds, nint start, nint end);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int BeginCapture(nint stream, int mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    public static partial int EndCapture(nint stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial int Instantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    public static partial int LaunchGraph(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    public static partial int DestroyExecutable(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    public static partial int DestroyGraph(nint graph);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    public static partial int GetFunctionAttribute(out int value, int attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuGetErrorName")]
    private static partial int GetErrorName(int code, out nint name);

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    private static partial int GetErrorText(int code, out nint text);

    /// <exception cref="CudaFailure">The call gave an error; the message names call and error.</exception>
    public static void ThrowOnError(this int code, string call)
    {
        if (code == Ok) return;
        _ = GetErrorName(code, out var name);
        _ = GetErrorText(code, out var text);
        throw new CudaFailure(code, $"CUDA: {call}: {Marshal.PtrToStringUTF8(name) ?? $"error {code}"}: {Marshal.PtrToStringUTF8(text)}");
    }
}
