namespace Rollouts;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token or stop string.</summary>
    Stop,

    /// <summary>max_tokens, or the model's context.</summary>
    Length,

    /// <summary>Ended from outside; its tokens so far are valid and it can be continued.</summary>
    Aborted,

    /// <summary>It could not be generated; <see cref="Completion.Failure"/> says why.</summary>
    Failed,
}
