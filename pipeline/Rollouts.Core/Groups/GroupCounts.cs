namespace Rollouts;

/// <summary>How the rollouts of a decided group are counted; they sum to its n.</summary>
public readonly record struct GroupCounts(int Committed, int Filtered, int Stale, int Failed)
{
    /// <summary>n.</summary>
    public int Total => Committed + Filtered + Stale + Failed;
}
