namespace Rollouts;

/// <summary>What a stored log-probability means.</summary>
public enum LogProbMode
{
    /// <summary>Log-softmax of the model's logits, before temperature and filters.</summary>
    Raw,

    /// <summary>After penalties, temperature and all filters: what the token was really drawn from.</summary>
    Processed,
}
