namespace Rollouts;

/// <summary>What an engine can take.</summary>
/// <param name="MaxRunning">Sequences in one step.</param>
/// <param name="MaxLength">Tokens of prompt and completion together.</param>
public readonly record struct EngineCapacity(int MaxRunning, int MaxLength);
