namespace Rollouts.Actors.Nats;

/// <summary>What one rollout has gained since its last delta. Best effort: a listener that is slow, or comes late, misses some; the durable result has all.</summary>
/// <param name="Purpose">train or eval.</param>
/// <param name="Epoch">The pass over the prompts.</param>
/// <param name="PromptId">The prompt.</param>
/// <param name="Sibling">The rollout of its group.</param>
/// <param name="Position">Completion tokens before these.</param>
/// <param name="TokenIds">New tokens.</param>
/// <param name="LogProbs">One a new token; empty where none are kept.</param>
/// <param name="Text">New text.</param>
/// <param name="Finish">How it ended; null while it goes on.</param>
public sealed record RolloutDelta(
    Purpose Purpose, int Epoch, string PromptId, int Sibling, int Position, IReadOnlyList<int> TokenIds, IReadOnlyList<float> LogProbs, string Text, FinishReason? Finish = null);
