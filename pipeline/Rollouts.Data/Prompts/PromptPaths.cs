using System.IO.Enumeration;

namespace Rollouts.Data;

/// <summary>Turns <c>prompts.path</c> (a file, a folder or a glob) into files in name order.</summary>
public static class PromptPaths
{
    /// <exception cref="DataFormatException">Nothing is there.</exception>
    public static IReadOnlyList<string> Expand(string path)
    {
        if (File.Exists(path)) return [path];
        if (Directory.Exists(path)) return Sorted(path, Directory.EnumerateFiles(path).Where(SourceReader.IsPromptFile));
        var (folder, pattern) = (Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".", Path.GetFileName(path));
        if (pattern.AsSpan().ContainsAny('*', '?') && Directory.Exists(folder))
            return Sorted(path, Directory.EnumerateFiles(folder).Where(f => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(f), ignoreCase: false)));
        throw new DataFormatException($"{path}: no such prompt file, folder or pattern; prompts.path is relative to the recipe's own file");
    }

    private static IReadOnlyList<string> Sorted(string path, IEnumerable<string> files)
    {
        string[] sorted = [.. files.Order(StringComparer.Ordinal)];
        return sorted.Length > 0 ? sorted : throw new DataFormatException($"{path}: no prompt files there (.jsonl, .parquet, .arrow)");
    }
}
