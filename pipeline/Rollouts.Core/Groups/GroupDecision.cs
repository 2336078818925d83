namespace Rollouts;

/// <summary>What becomes of the rollouts of a group that did not fail by themselves.</summary>
public enum GroupOutcome
{
    /// <summary>They are rows of the data files.</summary>
    Committed,

    /// <summary>A filter dropped them.</summary>
    Filtered,

    /// <summary>The policy moved on too far.</summary>
    Stale,

    /// <summary>Too few of them have a reward.</summary>
    Failed,
}

/// <summary>A decision and, unless it is to commit, its reason.</summary>
public sealed record GroupDecision(GroupOutcome Outcome, string? Reason = null)
{
    /// <summary>The rows are kept.</summary>
    public static GroupDecision Commit { get; } = new(GroupOutcome.Committed);
}
