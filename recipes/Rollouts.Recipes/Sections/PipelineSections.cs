using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>How a completion is scored.</summary>
public enum RewardKind
{
    /// <summary>The answer is the row's, letter for letter.</summary>
    ExactMatch,

    /// <summary>The answer is the row's number.</summary>
    Numeric,

    /// <summary>The last boxed or final expression is the row's answer.</summary>
    Math,

    /// <summary>A pattern is found.</summary>
    Regex,

    /// <summary>A pattern is the whole completion.</summary>
    Format,

    /// <summary>The completion has about so many tokens.</summary>
    Length,

    /// <summary>An external command, a JSON line a rollout.</summary>
    Process,
}

/// <summary>One reward.</summary>
public sealed record RewardSection
{
    /// <summary>exact_match, numeric, math, regex, format, length or process.</summary>
    public required RewardKind Kind { get; init; }

    /// <summary>Names the column <c>reward.NAME</c>. Default: the kind.</summary>
    public string? Name { get; init; }

    /// <summary>Its share in the sum. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>exact_match, numeric, math: the column of right answers.</summary>
    public string? Answer { get; init; }

    /// <summary>exact_match, numeric: a pattern whose last match's first group is the answer.</summary>
    public string? Extract { get; init; }

    /// <summary>numeric: default 1e-6. length: tokens off the target that still count in full.</summary>
    [Range(0.0, double.MaxValue)] public double? Tolerance { get; init; }

    /// <summary>regex, format: the pattern.</summary>
    public string? Pattern { get; init; }

    /// <summary>length: tokens.</summary>
    [Range(1, 1 << 24)] public int? Target { get; init; }

    /// <summary>process: the program and its arguments.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>process: how many run side by side. Default 1.</summary>
    [Range(1, 1024)] public int Workers { get; init; } = 1;
}

/// <summary>What becomes of groups whose rewards are all equal.</summary>
public enum ZeroVariance
{
    /// <summary>They are filtered.</summary>
    Drop,

    /// <summary>They are kept.</summary>
    Keep,
}

/// <summary>Which groups are dropped.</summary>
public sealed record FilterSection
{
    /// <summary>drop or keep, where n > 1 and there are rewards. Default drop.</summary>
    public ZeroVariance ZeroVariance { get; init; }

    /// <summary>shrink, keep_best, carry_over or fail. Default shrink.</summary>
    public WhenShort WhenShort { get; init; }

    /// <summary>Rewards that a group needs. Default 2 where n > 1, else 1.</summary>
    [Range(1, 16384)] public int? MinRewarded { get; init; }
}

/// <summary>How advantages are taken.</summary>
public enum AdvantageKind
{
    /// <summary>(r - mean) / (std + 1e-6) over the group.</summary>
    GroupRelative,
}

/// <summary>From rewards to advantages.</summary>
public sealed record AdvantageSection
{
    /// <summary>group_relative.</summary>
    public AdvantageKind Kind { get; init; }

    /// <summary>Whether r - mean is divided by the standard deviation. Default true.</summary>
    public bool DivideByStd { get; init; } = true;
}

/// <summary>Tries beside the first, by the kind of failure.</summary>
public sealed record RetriesSection
{
    /// <summary>An actor or connection. Default 4.</summary>
    [Range(0, 1000)] public int Infrastructure { get; init; } = 4;

    /// <summary>A deadline. Default 1.</summary>
    [Range(0, 1000)] public int Timeout { get; init; } = 1;

    /// <summary>The prompt itself. Default 0.</summary>
    [Range(0, 1000)] public int Data { get; init; }

    /// <summary>The reward. Default 1.</summary>
    [Range(0, 1000)] public int Reward { get; init; } = 1;
}

/// <summary>How long things may take.</summary>
public sealed record DeadlinesSection
{
    /// <summary>One attempt at one group. Default 30m.</summary>
    public TimeSpan Rollout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>One reward. Default 30s.</summary>
    public TimeSpan Reward { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without any group moving on, the run fails. Default 10m.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From the first interrupt to the end. Default 60s.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Groups that go together.</summary>
public sealed record BatchSection
{
    /// <summary>Groups that the filter let through. Default 8.</summary>
    [Range(1, 1 << 20)] public int Groups { get; init; } = 8;
}

/// <summary>The format of data files.</summary>
public enum OutputFormat
{
    /// <summary>Parquet.</summary>
    Parquet,
}

/// <summary>Where the rollouts go.</summary>
public sealed record OutputSection
{
    /// <summary>The folder, relative to the working directory.</summary>
    public required string Path { get; init; }

    /// <summary>Rows after which a file is sealed. Default 4096.</summary>
    [Range(1, 1 << 26)] public int RowsPerFile { get; init; } = 4096;

    /// <summary>Bytes, before compression, after which a file is sealed. Default 256MiB.</summary>
    public ByteSize BytesPerFile { get; init; } = new(256L << 20);

    /// <summary>Time after which a file is sealed. Default 10s.</summary>
    public TimeSpan SealAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>parquet.</summary>
    public OutputFormat Format { get; init; }
}
