using Rollouts.TestSupport;

namespace Rollouts.Data.Tests;

/// <summary>
/// Every prefix of the commit path's file operations, and of each operation that was not yet durable every choice of kept, lost or half written:
/// what a power cut may leave. Reopening must find the old state or the new one, nothing between.
/// </summary>
public class CrashConsistencyTests
{
    [Fact]
    public async Task Open_AfterEveryPrefixWithUnsyncedDataDropped_FindsAWholeState()
    {
        using var folder = new TemporaryFolder();
        var store = new RecordingFileStore();
        await OutputFolders.CommitAsync(folder.Path, store, OutputFolders.Group("a"), Groups.Decided("b", GroupOutcome.Committed, 1, double.NaN), OutputFolders.Group("c", GroupOutcome.Filtered));
        var states = 0;

        for (var cut = 1; cut <= store.Operations.Count; cut++)
        {
            foreach (var loss in Enum.GetValues<Loss>())
            {
                using var disk = new TemporaryFolder();
                Replay([.. store.Operations.Take(cut)], folder.Path, disk.Path, loss);
                await ShouldBeWholeAsync(disk, expected: CommitsIn(store.Operations.Take(cut), loss));
                states++;
            }
        }

        states.ShouldBe(store.Operations.Count * 3);
    }

    private enum Loss
    {
        /// <summary>Everything reached the disk.</summary>
        None,

        /// <summary>Only what was synced did.</summary>
        Unsynced,

        /// <summary>The last operation was cut in the middle of its bytes.</summary>
        HalfOfLast,
    }

    /// <summary>An append is durable when it returns, so only one that was cut can be missing.</summary>
    private static int CommitsIn(IEnumerable<RecordingFileStore.Operation> operations, Loss loss)
    {
        var appended = operations.Select(o => o.Kind == "append" && System.Text.Encoding.UTF8.GetString(o.Content!).Contains("\"commit\"")).ToArray();
        return appended.Count(x => x) - (loss == Loss.HalfOfLast && appended[^1] ? 1 : 0);
    }

    private static void Replay(RecordingFileStore.Operation[] operations, string from, string to, Loss loss)
    {
        foreach (var name in new[] { "data", "failures", ".tmp" }) Directory.CreateDirectory(Path.Combine(to, name));
        string Map(string path) => path.Replace(from, to, StringComparison.Ordinal);
        for (var i = 0; i < operations.Length; i++)
        {
            var (kind, path, target, content) = operations[i];
            var later = operations[(i + 1)..];
            var bytes = loss == Loss.HalfOfLast && i == operations.Length - 1 ? content?[..(content.Length / 2)] : content;
            switch (kind)
            {
                case "create":
                    var synced = later.Any(o => o.Kind == "sync" && o.Path == path);
                    File.WriteAllBytes(Map(path), loss == Loss.Unsynced && !synced ? [] : bytes!);
                    break;
                case "rename":
                    var kept = later.Any(o => o.Kind == "sync_folder" && o.Path == Path.GetDirectoryName(target));
                    if (loss != Loss.Unsynced || kept) File.Move(Map(path), Map(target!));
                    break;
                case "append":
                    using (var file = new FileStream(Map(path), FileMode.Append)) file.Write(bytes);
                    break;
            }
        }
    }

    private static async Task ShouldBeWholeAsync(TemporaryFolder disk, int expected)
    {
        using var session = await OutputFolders.OpenAsync(disk.Path);
        session.NumDecidedBefore.ShouldBe(expected);
        FolderVerifier.Verify(session.Folder).Faults.ShouldBeEmpty();
        Directory.GetFiles(session.Folder.Temporary).ShouldBeEmpty();
    }
}
