namespace Rollouts.Pipeline;

/// <summary>What happens to groups between the prompts and the sink.</summary>
public sealed record PipelineOptions
{
    /// <summary>How completions are drawn.</summary>
    public required SamplingParams Sampling { get; init; }

    /// <summary>Tokens of prompt and completion that the model takes.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Whether added tokens are recognised in a prompt row's plain text. Default no: text from a user is never turned into special tokens by accident.</summary>
    public bool SpecialTokens { get; init; }

    /// <summary>Tries beside the first.</summary>
    public RetryOptions Retries { get; init; } = new();

    /// <summary>How long things may take.</summary>
    public DeadlineOptions Deadlines { get; init; } = new();

    /// <summary>Which groups are dropped.</summary>
    public FilterOptions Filter { get; init; } = new();

    /// <summary>Groups that the filter let through, in one batch. Default 8.</summary>
    public int BatchGroups { get; init; } = 8;
}

/// <summary>Tries beside the first, by the kind of failure.</summary>
public sealed record RetryOptions(int Infrastructure = 4, int Timeout = 1, int Data = 0, int Reward = 1)
{
    /// <summary>Tries beside the first for a kind.</summary>
    public int For(FailureKind kind) => kind switch
    {
        FailureKind.Infrastructure => Infrastructure,
        FailureKind.Timeout => Timeout,
        FailureKind.Reward => Reward,
        _ => Data,
    };
}

/// <summary>How long things may take.</summary>
public sealed record DeadlineOptions
{
    /// <summary>One attempt at one group. Default 30 min.</summary>
    public TimeSpan Rollout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>One reward of one group. Default 30 s.</summary>
    public TimeSpan Reward { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without any group moving on, the run fails. Default 10 min.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From the first interrupt to the end. Default 60 s.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What becomes of groups that cannot fill a last batch.</summary>
public enum WhenShort
{
    /// <summary>The batch is emitted smaller.</summary>
    Shrink,

    /// <summary>The filtered groups of the widest reward spread, held back for this, fill it.</summary>
    KeepBest,

    /// <summary>Its groups stay undecided for the next session.</summary>
    CarryOver,

    /// <summary>The run ends with exit code 1.</summary>
    Fail,
}

/// <summary>Which groups are dropped.</summary>
/// <param name="DropZeroVariance">Groups whose rewards are all equal (only where n > 1).</param>
/// <param name="WhenShort">What becomes of a last batch that is not full.</param>
/// <param name="MinRewarded">Rewards that a group needs; with fewer it is failed. Null: 2 where n > 1, else 1.</param>
public sealed record FilterOptions(bool DropZeroVariance = true, WhenShort WhenShort = WhenShort.Shrink, int? MinRewarded = null);
