namespace Rollouts;

/// <summary>A snapshot of an engine, for progress and metrics.</summary>
/// <param name="Running">Sequences in the current step.</param>
/// <param name="Waiting">Sequences admitted but not running.</param>
/// <param name="KvUse">Share of the KV blocks in use, 0 to 1.</param>
/// <param name="GeneratedTokens">Completion tokens since the engine started.</param>
/// <param name="Preemptions">Preemptions since the engine started.</param>
public readonly record struct EngineLoad(int Running, int Waiting, double KvUse, long GeneratedTokens, long Preemptions);
