namespace Rollouts.Data;

/// <summary>The names inside an output folder.</summary>
/// <param name="Root">The folder.</param>
public sealed record OutputFolder(string Root)
{
    /// <summary>Temporary files: whatever is there belongs to nobody.</summary>
    public string Temporary => Path.Combine(Root, ".tmp");

    /// <summary>Committed rows.</summary>
    public string Data => Path.Combine(Root, "data");

    /// <summary>Failure rows.</summary>
    public string Failures => Path.Combine(Root, "failures");

    /// <summary>The record of what is committed.</summary>
    public string Manifest => Path.Combine(Root, "manifest.jsonl");

    /// <summary>Progress over time.</summary>
    public string Metrics => Path.Combine(Root, "metrics.jsonl");

    /// <summary>The recipe as it was run, defaults filled in.</summary>
    public string ResolvedRecipe => Path.Combine(Root, "recipe.resolved.yaml");

    /// <summary>Held while a writer is at work.</summary>
    public string Lock => Path.Combine(Root, ".lock");

    /// <summary>Where the n-th data file is, relative to the root.</summary>
    public static string DataFile(int number) => $"data/rollouts-{number:D5}.parquet";

    /// <summary>Where the n-th failure file is, relative to the root.</summary>
    public static string FailureFile(int number) => $"failures/failures-{number:D5}.parquet";

    /// <summary>Makes the folders.</summary>
    /// <exception cref="DataFormatException">The folder cannot be written.</exception>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(Data);
            Directory.CreateDirectory(Failures);
            Directory.CreateDirectory(Temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException($"{Root}: the output folder cannot be made: {e.Message}; choose another output.path or its rights", e);
        }
    }
}
