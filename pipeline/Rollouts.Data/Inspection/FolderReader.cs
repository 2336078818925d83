using System.Runtime.CompilerServices;
using System.Text;

namespace Rollouts.Data;

/// <summary>Reads the committed rows of a folder.</summary>
public static class FolderReader
{
    /// <summary>Rows as JSON objects, in the manifest's order; of one prompt only where it is given.</summary>
    /// <exception cref="DataFormatException">There is no manifest, or a file cannot be read.</exception>
    public static async IAsyncEnumerable<string> ReadAsync(OutputFolder folder, bool failures, string? promptId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var manifest = Require(folder);
        var kind = failures ? "failures/" : "data/";
        foreach (var file in manifest.Files.Where(f => f.Path.StartsWith(kind, StringComparison.Ordinal)))
        {
            await foreach (var record in ParquetSourceReader.ReadAsync(Path.Combine(folder.Root, file.Path), cancellationToken))
                if (promptId is null || (record["prompt_id"] as string) == promptId) yield return Encoding.UTF8.GetString(RowJson.Write(record.Fields));
        }
    }

    /// <summary>The manifest of a folder that must have one.</summary>
    /// <exception cref="DataFormatException">It has none.</exception>
    public static Manifest Require(OutputFolder folder) => Manifest.Read(folder) ?? throw new DataFormatException($"{folder.Manifest}: no such manifest; name the output folder of a run");
}
