using System.Runtime.InteropServices;

namespace Rollouts.Kernels;

/// <summary>Memory outside of the managed heap, zeroed, on huge pages where the kernel gives them: weights and KV are read from end to end, and page walks would show.</summary>
public sealed partial class NativeBuffer : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private const int AdviseHugePages = 14;
    private const long HugePage = 2 << 20;

    private readonly nint _mapped;
    private readonly nuint _mappedBytes;
    private int _disposed;

    /// <exception cref="OutOfMemoryException">The system has no such memory.</exception>
    public NativeBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        // One huge page more, so that the part in use can begin on a boundary of one.
        _mappedBytes = (nuint)(Math.Max(1, bytes) + HugePage);
        _mapped = Map(0, _mappedBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (_mapped == -1) throw new OutOfMemoryException($"{bytes} bytes of memory were refused: {Marshal.GetLastPInvokeErrorMessage()}");
        Address = bytes >= HugePage ? (nint)((_mapped + HugePage - 1) / HugePage * HugePage) : _mapped;
        // Advice only: a kernel without huge pages goes on with small ones.
        _ = Advise(_mapped, _mappedBytes, AdviseHugePages);
    }

    /// <summary>The first byte, aligned to a page at least.</summary>
    public nint Address { get; }

    /// <summary>Bytes in use.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _ = Unmap(_mapped, _mappedBytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
