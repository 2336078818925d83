namespace Rollouts;

/// <summary>What a rollout is for; part of its id, its noise and its row.</summary>
public enum Purpose : byte
{
    /// <summary>Training data.</summary>
    Train = 0,

    /// <summary>Evaluation.</summary>
    Eval = 1,
}
