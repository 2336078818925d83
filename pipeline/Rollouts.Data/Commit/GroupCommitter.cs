using System.Collections.Immutable;
using System.Security.Cryptography;
using Apache.Arrow;

namespace Rollouts.Data;

/// <summary>
/// Makes a set of decided groups durable, all or none: files are written, synced, renamed and their folders synced before one manifest line names them.
/// Invariant: a reader that trusts the manifest sees each group once; a file that no line names does not exist for it.
/// </summary>
public sealed class GroupCommitter(OutputSession session, TimeProvider time)
{
    private int _dataFile = session.NextDataFile;
    private int _failureFile = session.NextFailureFile;

    /// <exception cref="IOException">The disk refused. Nothing of the set counts; the next session issues its groups again.</exception>
    public async Task CommitAsync(IReadOnlyList<RolloutGroup> groups, CancellationToken cancellationToken)
    {
        if (groups.Count == 0) return;
        using var data = RolloutRecords.Data(groups, session.Header.Columns);
        using var failures = RolloutRecords.Failures(groups, session.Header.Columns);
        var pending = new List<PendingFile>();
        if (data.Length > 0) pending.Add(await WriteAsync(data, OutputFolder.DataFile(_dataFile++), cancellationToken));
        if (failures.Length > 0) pending.Add(await WriteAsync(failures, OutputFolder.FailureFile(_failureFile++), cancellationToken));

        session.RefuseIfOvertaken();
        foreach (var file in pending) session.Store.Rename(file.Temporary, Path.Combine(session.Folder.Root, file.Entry.Path));
        foreach (var folder in pending.Select(f => Path.GetDirectoryName(Path.Combine(session.Folder.Root, f.Entry.Path))!).Distinct()) session.Store.SyncFolder(folder);

        ImmutableArray<ManifestGroup> entries = [.. groups.Select(ManifestGroup.Of)];
        var counts = entries.Select(e => e.Counts);
        session.Append(session.Line("commit", time.GetUtcNow(), [.. pending.Select(f => f.Entry)], entries, session.Ledger.With(counts)));
        session.Ledger.Commit(counts);
    }

    /// <summary>Ends the session: what is not decided is cancelled, and issued again by the next.</summary>
    public void Close() => session.Append(session.Line("close", time.GetUtcNow(), [], [], session.Ledger.Closed));

    private async Task<PendingFile> WriteAsync(RecordBatch batch, string path, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await ParquetFile.WriteAsync(batch, content, cancellationToken);
        var bytes = content.GetBuffer().AsMemory(0, (int)content.Length);
        var temporary = Path.Combine(session.Folder.Temporary, Path.GetFileName(path));
        await session.Store.CreateAsync(temporary, bytes, cancellationToken);
        session.Store.SyncFile(temporary);
        return new PendingFile(temporary, new ManifestFile(path, batch.Length, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))));
    }

    private sealed record PendingFile(string Temporary, ManifestFile Entry);
}
