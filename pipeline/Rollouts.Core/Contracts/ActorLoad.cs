namespace Rollouts;

/// <summary>One actor's load.</summary>
public readonly record struct ActorLoad(ActorId Actor, EngineLoad Load);
