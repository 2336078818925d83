namespace Rollouts.Data;

/// <summary>The real disk. A failed fsync is final for its file: the kernel may have dropped the pages, so it is never tried again (Rebello et al., USENIX ATC 2020).</summary>
public sealed class DiskFileStore : IFileStore
{
    /// <inheritdoc/>
    public async Task CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await file.WriteAsync(content, cancellationToken);
    }

    /// <inheritdoc/>
    public void SyncFile(string path) => Sync(path, LibC.ReadOnly | LibC.CloseOnExec);

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to);

    /// <inheritdoc/>
    public void SyncFolder(string path) => Sync(path, LibC.ReadOnly | LibC.Directory | LibC.CloseOnExec);

    /// <inheritdoc/>
    public void AppendDurably(string path, ReadOnlySpan<byte> content)
    {
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0)) file.Write(content);
        SyncFile(path);
    }

    private static void Sync(string path, int flags)
    {
        var descriptor = LibC.Open(path, flags, 0);
        if (descriptor < 0) throw LibC.Failure("open", path);
        var failed = LibC.Fsync(descriptor) != 0 ? LibC.Failure("fsync", path) : null;
        LibC.Close(descriptor);
        if (failed is not null) throw failed;
    }
}
