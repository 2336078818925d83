using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rollouts.Kernels.Cuda;

/// <summary>NCCL's functions, bare.</summary>
/// <remarks>NCCL API reference, <see href="https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/api.html"/>.</remarks>
internal static partial class Nccl
{
    /// <summary>ncclSum.</summary>
    public const int Sum = 0;

    private const string Library = "libnccl.so.2";
    private const int Success = 0;

    [LibraryImport(Library, EntryPoint = "ncclGetVersion")]
    public static partial int GetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "ncclGetUniqueId")]
    public static partial int GetUniqueId(out NcclId id);

    [LibraryImport(Library, EntryPoint = "ncclCommInitRank")]
    public static partial int InitRank(out nint communicator, int numRanks, NcclId id, int rank);

    [LibraryImport(Library, EntryPoint = "ncclCommDestroy")]
    public static partial int Destroy(nint communicator);

    [LibraryImport(Library, EntryPoint = "ncclCommAbort")]
    public static partial int Abort(nint communicator);

    [LibraryImport(Library, EntryPoint = "ncclCommGetAsyncError")]
    public static partial int GetAsyncError(nint communicator, out int error);

    [LibraryImport(Library, EntryPoint = "ncclGroupStart")]
    public static partial int GroupStart();

    [LibraryImport(Library, EntryPoint = "ncclGroupEnd")]
    public static partial int GroupEnd();

    [LibraryImport(Library, EntryPoint = "ncclAllReduce")]
    public static partial int AllReduce(nint send, nint receive, nuint count, int type, int operation, nint communicator, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclBroadcast")]
    public static partial int Broadcast(nint send, nint receive, nuint count, int type, int root, nint communicator, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclGetErrorString")]
    private static partial nint GetErrorString(int result);

    /// <summary>ncclDataType_t.</summary>
    public static int TypeOf(ElementType type) => type switch
    {
        ElementType.Float32 => 7,
        ElementType.Float16 => 6,
        _ => 9,
    };

    /// <exception cref="NcclFailure">The call gave an error; the message names call and error.</exception>
    public static void Check(int result, string call)
    {
        if (result != Success) throw new NcclFailure($"NCCL: {call}: {Marshal.PtrToStringUTF8(GetErrorString(result))}");
    }
}

/// <summary>ncclUniqueId: where the ranks of a communicator find each other.</summary>
[InlineArray(128)]
public struct NcclId
{
    private byte _first;
}

/// <summary>NCCL refused a call, or a rank is gone.</summary>
public sealed class NcclFailure(string message) : Exception(message);
