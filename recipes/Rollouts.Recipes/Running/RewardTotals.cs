namespace Rollouts.Recipes;

/// <summary>Sums over groups, for a metrics line.</summary>
internal sealed class RewardTotals
{
    private double _rewardSum;
    private long _rewarded;
    private long _completions;
    private long _tokens;
    private long _truncated;
    private long _groups;
    private long _zeroVariance;

    public long Rollouts { get; private set; }

    public int CompletionLengthMax { get; private set; }

    public SortedDictionary<string, long> Drops { get; } = new(StringComparer.Ordinal);

    /// <summary>Of all completions that were added.</summary>
    public long Tokens => _tokens;

    public double? RewardMean => _rewarded == 0 ? null : _rewardSum / _rewarded;

    public double? ZeroVarianceShare => _groups == 0 ? null : (double)_zeroVariance / _groups;

    public double? CompletionLengthMean => _completions == 0 ? null : (double)_tokens / _completions;

    public double? TruncatedShare => _completions == 0 ? null : (double)_truncated / _completions;

    /// <summary>A run without a trainer has one version: nothing is stale.</summary>
    public double StalenessMean => 0;

    /// <summary>As <see cref="StalenessMean"/>.</summary>
    public int StalenessMax => 0;

    public void Add(RolloutGroup group)
    {
        _groups++;
        Rollouts += group.Rollouts.Length;
        if (group.Decision!.Reason == "zero_variance") _zeroVariance++;
        var counts = group.Count();
        Drop(group.Decision.Reason ?? "", counts.Filtered + counts.Stale);
        foreach (var rollout in group.Rollouts)
        {
            if (rollout.Failure is { } failure) Drop($"failed_{failure.Kind.ToString().ToLowerInvariant()}", 1);
            if (rollout.Reward is { } reward && rollout.Failure is null)
            {
                _rewardSum += reward.Value;
                _rewarded++;
            }

            if (rollout.Completion is not { Failure: null } completion) continue;
            _completions++;
            _tokens += completion.TokenIds.Length;
            CompletionLengthMax = Math.Max(CompletionLengthMax, completion.TokenIds.Length);
            if (completion.Finish == FinishReason.Length) _truncated++;
        }
    }

    public void Add(RewardTotals other)
    {
        _rewardSum += other._rewardSum;
        _rewarded += other._rewarded;
        _completions += other._completions;
        _tokens += other._tokens;
        _truncated += other._truncated;
        _groups += other._groups;
        _zeroVariance += other._zeroVariance;
        Rollouts += other.Rollouts;
        CompletionLengthMax = Math.Max(CompletionLengthMax, other.CompletionLengthMax);
        foreach (var (reason, count) in other.Drops) Drop(reason, count);
    }

    private void Drop(string reason, long count)
    {
        if (count > 0) Drops[reason] = Drops.GetValueOrDefault(reason) + count;
    }
}
