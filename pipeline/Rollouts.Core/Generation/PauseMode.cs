namespace Rollouts;

/// <summary>What a pause does to sequences that run.</summary>
public enum PauseMode
{
    /// <summary>They end as aborted, with their tokens so far.</summary>
    Abort,

    /// <summary>They finish; nothing new starts.</summary>
    Wait,

    /// <summary>They are held in place and go on at resume.</summary>
    Keep,
}
