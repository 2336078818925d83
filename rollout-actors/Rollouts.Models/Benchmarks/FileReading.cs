using Microsoft.Win32.SafeHandles;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Reads a file into freshly allocated memory on all threads and does nothing with it: the floor that loading is measured against.</summary>
public sealed unsafe class FileReading : IParallelWork
{
    private const int PieceBytes = 4 << 20;

    private SafeFileHandle? _file;
    private NativeBuffer? _memory;

    /// <summary>Bytes that were read.</summary>
    public long Run(string path, IWorkerTeam team)
    {
        using var file = File.OpenHandle(path);
        using var memory = new NativeBuffer(RandomAccess.GetLength(file));
        (_file, _memory) = (file, memory);
        team.Run(this, checked((int)((memory.Bytes + PieceBytes - 1) / PieceBytes)));
        return memory.Bytes;
    }

    void IParallelWork.Run(int item)
    {
        var first = (long)item * PieceBytes;
        for (var end = Math.Min(first + PieceBytes, _memory!.Bytes); first < end;)
        {
            var read = RandomAccess.Read(_file!, new Span<byte>((byte*)_memory.Address + first, (int)(end - first)), first);
            if (read == 0) throw new EndOfStreamException("The file became shorter.");
            first += read;
        }
    }
}
