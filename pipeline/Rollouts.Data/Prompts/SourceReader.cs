namespace Rollouts.Data;

/// <summary>Streams the rows of a file, whatever its format. Rows that cannot be read are records with a fault; a file that cannot be read throws.</summary>
internal static class SourceReader
{
    /// <exception cref="DataFormatException">The file is missing, or of no known format.</exception>
    public static IAsyncEnumerable<SourceRecord> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path}: no such file; check prompts.path");
        var name = Path.GetFileName(path);
        if (IsJsonLines(name)) return JsonLinesReader.ReadAsync(path, cancellationToken);
        return Path.GetExtension(name) switch
        {
            ".parquet" => ParquetSourceReader.ReadAsync(path, cancellationToken),
            ".arrow" or ".arrows" or ".ipc" or ".feather" => ArrowSourceReader.ReadAsync(path, cancellationToken),
            _ => throw new DataFormatException($"{path}: unknown prompt format; use .jsonl (also .gz, .zst), .parquet or .arrow"),
        };
    }

    /// <summary>Whether a folder's file is a prompt file.</summary>
    public static bool IsPromptFile(string path) =>
        IsJsonLines(Path.GetFileName(path)) || Path.GetExtension(path) is ".parquet" or ".arrow" or ".arrows" or ".ipc" or ".feather";

    private static bool IsJsonLines(string name)
    {
        if (name.EndsWith(".gz", StringComparison.Ordinal) || name.EndsWith(".zst", StringComparison.Ordinal)) name = Path.GetFileNameWithoutExtension(name);
        return Path.GetExtension(name) is ".jsonl" or ".ndjson" or ".json";
    }
}
