using System.Runtime.InteropServices;

namespace Rollouts.Data;

/// <summary>What .NET does not offer: fsync of a folder, and locks that die with their process.</summary>
internal static partial class LibC
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Directory = 0x10000;
    public const int CloseOnExec = 0x80000;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);

    /// <exception cref="IOException">Always: the last error, with what was tried.</exception>
    public static IOException Failure(string call, string path) =>
        new($"{path}: {call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
}
