using Rollouts.Actors.Nats;

namespace Rollouts.Recipes;

/// <summary>How far a run is.</summary>
/// <param name="Accounting">Where every rollout of the folder went.</param>
/// <param name="TotalRollouts">What the prompts ask for, over all sessions.</param>
/// <param name="Elapsed">Since this session started.</param>
/// <param name="Tokens">Completion tokens that this session's actors generated.</param>
/// <param name="TokensPerSecond">Over this session.</param>
/// <param name="Running">Sequences in the actors' steps.</param>
/// <param name="Waiting">Sequences that wait there.</param>
/// <param name="KvUse">Largest share of KV blocks in use over the actors.</param>
/// <param name="RewardMean">Over this session's rollouts with a reward; null while there are none.</param>
/// <param name="Eta">Until the prompts end, at this session's pace; null while unknown.</param>
public sealed record RunProgress(
    RolloutAccounting Accounting, long TotalRollouts, TimeSpan Elapsed, long Tokens, double TokensPerSecond,
    int Running, int Waiting, double KvUse, double? RewardMean, TimeSpan? Eta);

/// <summary>How a run ended.</summary>
/// <param name="Folder">Where its output is.</param>
/// <param name="Accounting">Balanced: nothing is in flight any more.</param>
/// <param name="Progress">The last figures.</param>
/// <param name="Interrupted">Whether it was asked to stop early.</param>
/// <param name="Transport">What the transport over NATS put aside; null in process.</param>
public sealed record RunSummary(string Folder, RolloutAccounting Accounting, RunProgress Progress, bool Interrupted, TransportCounters? Transport);
