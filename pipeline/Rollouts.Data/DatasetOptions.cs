namespace Rollouts.Data;

/// <summary>When an open file is sealed: at whichever comes first, and at a drain. What a crash costs is bounded by time.</summary>
public sealed record DatasetOptions
{
    /// <summary>Rows, data and failures together. Default 4096.</summary>
    public int RowsPerFile { get; init; } = 4096;

    /// <summary>Estimated bytes before compression. Default 256 MiB.</summary>
    public long BytesPerFile { get; init; } = 256L << 20;

    /// <summary>Time after the file's first group. Default 10 s.</summary>
    public TimeSpan SealAfter { get; init; } = TimeSpan.FromSeconds(10);
}
