namespace Rollouts;

/// <summary>Where a completion's time went, in milliseconds.</summary>
/// <param name="QueueMs">From the request to its first step.</param>
/// <param name="PrefillMs">From its first step to its first token.</param>
/// <param name="DecodeMs">From its first token to its last.</param>
public readonly record struct CompletionTiming(float QueueMs, float PrefillMs, float DecodeMs);
