namespace Rollouts.Data;

/// <summary>The file operations of the commit path, in the order in which they become durable. Tests record and cut them.</summary>
public interface IFileStore
{
    /// <summary>Writes a new file, not yet durable.</summary>
    Task CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Makes a file's content durable.</summary>
    void SyncFile(string path);

    /// <summary>Gives a file its final name.</summary>
    void Rename(string from, string to);

    /// <summary>Makes the names in a folder durable.</summary>
    void SyncFolder(string path);

    /// <summary>Appends to a file and makes that durable.</summary>
    void AppendDurably(string path, ReadOnlySpan<byte> content);
}
