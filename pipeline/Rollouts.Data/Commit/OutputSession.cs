using System.Collections.Immutable;

namespace Rollouts.Data;

/// <summary>A folder opened for writing: locked, its leftovers removed, its decided groups known.</summary>
public sealed class OutputSession : IDisposable
{
    private readonly OutputLock _lock;
    private readonly HashSet<(string Prompt, int Epoch)> _decided;
    private long _manifestLength;

    private OutputSession(OutputFolder folder, OutputLock @lock, ManifestHeader header, Manifest? before, IFileStore store)
    {
        Folder = folder;
        Header = header;
        Store = store;
        _lock = @lock;
        _decided = before is null ? [] : [.. before.Groups.Select(g => (g.PromptId, g.Epoch))];
        Ledger = new RolloutLedger(before?.Accounting ?? RolloutAccounting.Zero);
        Writer = (before?.LastWriter ?? 0) + 1;
        NextDataFile = Next(before, "data/");
        NextFailureFile = Next(before, "failures/");
    }

    /// <summary>The folder.</summary>
    public OutputFolder Folder { get; }

    /// <summary>The manifest's first line.</summary>
    public ManifestHeader Header { get; }

    /// <summary>This session's number.</summary>
    public int Writer { get; }

    /// <summary>Counts this session's rollouts on top of the earlier ones'.</summary>
    public RolloutLedger Ledger { get; }

    /// <summary>Groups that earlier sessions decided.</summary>
    public int NumDecidedBefore => _decided.Count;

    /// <summary>The disk.</summary>
    public IFileStore Store { get; }

    internal int NextDataFile { get; }

    internal int NextFailureFile { get; }

    /// <summary>Whether an earlier session decided this group.</summary>
    public bool IsDecided(GroupId group) => _decided.Contains((group.Prompt.Value, group.Epoch));

    /// <summary>Begins a folder, or takes up one whose header agrees.</summary>
    /// <param name="begin">Makes the header from the one that is there (null in a new folder); throws where they do not agree.</param>
    /// <exception cref="DataFormatException">The folder is another writer's, cannot be written, or has lost a committed file.</exception>
    public static async Task<OutputSession> OpenAsync(OutputFolder folder, Func<ManifestHeader?, Task<ManifestHeader>> begin, TimeProvider time, IFileStore? store = null)
    {
        folder.Create();
        store ??= CrashPoints.FromEnvironment(new DiskFileStore());
        var @lock = OutputLock.Take(folder);
        try
        {
            var before = Manifest.Read(folder);
            var header = await begin(before?.Header);
            CheckFiles(folder, before);
            RemoveLeftovers(folder, before, store);
            var session = new OutputSession(folder, @lock, header, before, store);
            if (before is null) store.AppendDurably(folder.Manifest, Manifest.Encode(header));
            session.Append(session.Line("open", time.GetUtcNow(), [], [], session.Ledger.Now));
            store.SyncFolder(folder.Root);
            return session;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>A manifest line of this writer.</summary>
    public ManifestLine Line(string kind, DateTimeOffset at, ImmutableArray<ManifestFile> files, ImmutableArray<ManifestGroup> groups, RolloutAccounting accounting) =>
        new(Writer, kind, at, files, groups, accounting);

    /// <summary>Appends a line, durably.</summary>
    public void Append(ManifestLine line)
    {
        Store.AppendDurably(Folder.Manifest, Manifest.Encode(line));
        _manifestLength = new FileInfo(Folder.Manifest).Length;
    }

    /// <summary>Stops a writer whose folder another has taken: a lock on a network file system may be lost while its holder goes on.</summary>
    /// <exception cref="DataFormatException">A later writer has opened the folder.</exception>
    public void RefuseIfOvertaken()
    {
        // Only we append while we hold the lock, so an unchanged length means that nobody else did.
        if (new FileInfo(Folder.Manifest) is { Exists: true } file && file.Length == _manifestLength) return;
        var last = Manifest.Read(Folder)?.LastWriter ?? 0;
        if (last != Writer) throw new DataFormatException($"{Folder.Root}: writer {last} has taken over this folder from writer {Writer}, which stops here");
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void CheckFiles(OutputFolder folder, Manifest? manifest)
    {
        foreach (var file in manifest?.Files ?? [])
        {
            var info = new FileInfo(Path.Combine(folder.Root, file.Path));
            if (!info.Exists || info.Length != file.Bytes)
                throw new DataFormatException($"{info.FullName}: the manifest says {file.Bytes} bytes, there are {(info.Exists ? info.Length : 0)}; restore the file, or begin anew with --fresh");
        }
    }

    /// <summary>Files that no line names, and the tail of a line that was cut: a crash left them, nobody counts on them.</summary>
    private static void RemoveLeftovers(OutputFolder folder, Manifest? manifest, IFileStore store)
    {
        var kept = (manifest?.Files ?? []).Select(f => Path.GetFullPath(Path.Combine(folder.Root, f.Path))).ToHashSet(StringComparer.Ordinal);
        string[] found = [.. Directory.EnumerateFiles(folder.Data), .. Directory.EnumerateFiles(folder.Failures), .. Directory.EnumerateFiles(folder.Temporary)];
        foreach (var path in found)
            if (!kept.Contains(Path.GetFullPath(path))) File.Delete(path);

        if (!File.Exists(folder.Manifest)) return;
        using (var file = new FileStream(folder.Manifest, FileMode.Open, FileAccess.Write)) file.SetLength(manifest?.Length ?? 0);
        store.SyncFile(folder.Manifest);
    }

    private static int Next(Manifest? manifest, string kind) => (manifest?.Files ?? [])
        .Where(f => f.Path.StartsWith(kind, StringComparison.Ordinal))
        .Select(f => int.Parse(Path.GetFileNameWithoutExtension(f.Path).AsSpan()[^5..], System.Globalization.CultureInfo.InvariantCulture) + 1)
        .DefaultIfEmpty(0)
        .Max();
}
