using System.Security.Cryptography;

namespace Rollouts.Data;

/// <summary>What a check of a folder found.</summary>
/// <param name="Files">Committed files.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Accounting">The last line's.</param>
/// <param name="Faults">A line each; none where all is as the manifest says.</param>
public sealed record VerificationReport(int Files, long Rows, long Bytes, RolloutAccounting Accounting, IReadOnlyList<string> Faults);

/// <summary>Checks a folder against its manifest: every file's size and hash, no group twice, rows and accounting that agree.</summary>
public static class FolderVerifier
{
    /// <exception cref="DataFormatException">There is no manifest, or it is broken.</exception>
    public static VerificationReport Verify(OutputFolder folder)
    {
        var manifest = FolderReader.Require(folder);
        ManifestFile[] files = [.. manifest.Files];
        ManifestGroup[] groups = [.. manifest.Groups];
        List<string> faults = [.. files.Select(f => Fault(folder, f)).OfType<string>()];
        faults.AddRange(groups.GroupBy(g => (g.PromptId, g.Epoch)).Where(g => g.Count() > 1).Select(g => $"{folder.Manifest}: group {g.Key.PromptId} of epoch {g.Key.Epoch} is decided {g.Count()} times"));
        var rows = files.Sum(f => (long)f.Rows);
        var counted = groups.Sum(g => (long)g.Committed + g.Failed);
        if (rows != counted) faults.Add($"{folder.Manifest}: its groups have {counted} rows, its files {rows}");
        if (!manifest.Accounting.Balances) faults.Add($"{folder.Manifest}: the accounting does not balance: {manifest.Accounting}");
        if (manifest.Accounting.Decided != groups.Sum(g => (long)g.Counts.Total)) faults.Add($"{folder.Manifest}: the accounting has {manifest.Accounting.Decided} decided rollouts, the groups {groups.Sum(g => (long)g.Counts.Total)}");
        return new VerificationReport(files.Length, rows, files.Sum(f => f.Bytes), manifest.Accounting, faults);
    }

    private static string? Fault(OutputFolder folder, ManifestFile file)
    {
        var path = Path.Combine(folder.Root, file.Path);
        if (!File.Exists(path)) return $"{path}: missing; restore it from a copy";
        using var stream = File.OpenRead(path);
        if (stream.Length != file.Bytes) return $"{path}: {stream.Length} bytes, the manifest says {file.Bytes}; restore it from a copy";
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == file.Sha256 ? null : $"{path}: its content has changed (sha256 differs from the manifest's); restore it from a copy";
    }
}
