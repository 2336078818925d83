using System.ComponentModel.DataAnnotations;

namespace Rollouts.Actors;

/// <summary>An engine without a model, for capacity planning, benchmarks and campaigns.</summary>
public sealed record SyntheticOptions
{
    /// <summary>Sequences at once. Default 64.</summary>
    [Range(1, 1 << 20)] public int MaxRunning { get; init; } = 64;

    /// <summary>Speed of each sequence; 0 takes no time at all. Default 2000.</summary>
    [Range(0.0, 1e9)] public double TokensPerSecond { get; init; } = 2000;

    /// <summary>Median completion length. Default 64.</summary>
    [Range(1, 1 << 20)] public int MedianTokens { get; init; } = 64;

    /// <summary>99th percentile of the log-normal lengths; the median makes them constant. Default 256.</summary>
    [Range(1, 1 << 20)] public int P99Tokens { get; init; } = 256;

    /// <summary>Share of rollouts that fail, always the same ones. Default 0.</summary>
    [Range(0.0, 1.0)] public double FailureRate { get; init; }

    /// <summary>The id of a prompt that ends the process at once, by SIGABRT. Default: none.</summary>
    public string? CrashOn { get; init; }
}
