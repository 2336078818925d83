using System.Collections.Immutable;
using Rollouts.TestSupport;

namespace Rollouts.Data.Tests;

/// <summary>Opens output folders for tests.</summary>
internal static class OutputFolders
{
    public static ManifestHeader Header { get; } = new(
        1, "run", DateTimeOffset.UnixEpoch, "raw", ["exact_match"], [new SourceColumn("answer", SourceType.Int64)], 10, "hash", ImmutableSortedDictionary<string, string>.Empty);

    public static Task<OutputSession> OpenAsync(string path, IFileStore? store = null) =>
        OutputSession.OpenAsync(new OutputFolder(path), before => Task.FromResult(before ?? Header), TimeProvider.System, store);

    /// <summary>A decided group of two rollouts whose row has an answer.</summary>
    public static RolloutGroup Group(string id, GroupOutcome outcome = GroupOutcome.Committed)
    {
        var group = Groups.Decided(id, outcome, 1, 0);
        return group with { Prompt = group.Prompt with { Row = new SourceRow(Header.Columns.Source, [42L]) } };
    }

    /// <summary>Commits groups one file each, in a session of its own.</summary>
    public static async Task CommitAsync(string path, IFileStore? store, params RolloutGroup[] groups)
    {
        using var session = await OpenAsync(path, store);
        var committer = new GroupCommitter(session, TimeProvider.System);
        foreach (var group in groups)
        {
            session.Ledger.Issue(group.Rollouts.Length);
            await committer.CommitAsync([group], default);
        }

        committer.Close();
    }
}
