namespace Rollouts;

/// <summary>The four kinds of failure that one rollout can suffer.</summary>
public enum FailureKind
{
    /// <summary>The prompt itself: not readable, too long.</summary>
    Data,

    /// <summary>An actor, process or connection.</summary>
    Infrastructure,

    /// <summary>A deadline passed.</summary>
    Timeout,

    /// <summary>The reward could not be computed.</summary>
    Reward,
}

/// <summary>Why a rollout has no reward. It becomes a row of the failures file, never a reward.</summary>
/// <param name="Kind">One of four.</param>
/// <param name="Stage">Where: read, tokenize, generate, reward, filter.</param>
/// <param name="Message">One line for a person.</param>
/// <param name="RemoteCause">What the other side said, where there was one.</param>
public sealed record RolloutFailure(FailureKind Kind, string Stage, string Message, string? RemoteCause = null)
{
    /// <summary>Whether trying again is known to be of no use, whatever the recipe's retries say.</summary>
    public bool IsFinal { get; init; }
}
