namespace Rollouts.Data.Tests;

/// <summary>A disk that remembers what was really durable: content before its fsync, and names before their folder's fsync, may be lost.</summary>
internal sealed class RecordingFileStore : IFileStore
{
    private readonly DiskFileStore _disk = new();

    /// <summary>The operations in order; each can be played again on a bare folder.</summary>
    public List<Operation> Operations { get; } = [];

    public async Task CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Operations.Add(new Operation("create", path, Content: content.ToArray()));
        await _disk.CreateAsync(path, content, cancellationToken);
    }

    public void SyncFile(string path)
    {
        Operations.Add(new Operation("sync", path));
        _disk.SyncFile(path);
    }

    public void Rename(string from, string to)
    {
        Operations.Add(new Operation("rename", from, to));
        _disk.Rename(from, to);
    }

    public void SyncFolder(string path)
    {
        Operations.Add(new Operation("sync_folder", path));
        _disk.SyncFolder(path);
    }

    public void AppendDurably(string path, ReadOnlySpan<byte> content)
    {
        Operations.Add(new Operation("append", path, Content: content.ToArray()));
        _disk.AppendDurably(path, content);
    }

    internal sealed record Operation(string Kind, string Path, string? To = null, byte[]? Content = null);
}
