namespace Rollouts.Data;

/// <summary>One writer a folder: a lock that ends with its process, however that ends.</summary>
public sealed class OutputLock : IDisposable
{
    private int _descriptor;

    private OutputLock(int descriptor) => _descriptor = descriptor;

    /// <exception cref="DataFormatException">Another process writes to the folder.</exception>
    public static OutputLock Take(OutputFolder folder)
    {
        var descriptor = LibC.Open(folder.Lock, LibC.ReadWrite | LibC.Create | LibC.CloseOnExec, 0x1A4);
        if (descriptor < 0) throw new DataFormatException($"{LibC.Failure("open", folder.Lock).Message}; choose another output.path or its rights");
        if (LibC.Flock(descriptor, LibC.LockExclusive | LibC.LockNonBlocking) == 0) return new OutputLock(descriptor);
        LibC.Close(descriptor);
        throw new DataFormatException($"{folder.Root}: another process writes to this output folder; wait for it, or choose another output.path");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0) LibC.Close(descriptor);
    }
}
