using Rollouts.TestSupport;

namespace Rollouts.Pipeline.Tests;

public class GroupRelativeAdvantageTests
{
    [Fact]
    public void Compute_FourRewards_IsTheStandardScoreOverNMinusOne()
    {
        var advantages = new GroupRelativeAdvantage().Compute(Groups.Rewarded("a", 1, 0, 0, 1));

        advantages[0]!.Value.ShouldBe(0.8660239f, 1e-6f);
        advantages[1]!.Value.ShouldBe(-0.8660239f, 1e-6f);
    }

    [Fact]
    public void Compute_FailedRollout_HasNoneAndTheRestIsTakenOverTheRest()
    {
        var advantages = new GroupRelativeAdvantage(divideByStd: false).Compute(Groups.Rewarded("a", 1, double.NaN, 0));

        advantages.ToArray().ShouldBe([0.5f, null, -0.5f]);
    }

    [Fact]
    public void Compute_OneRollout_HasNone() => new GroupRelativeAdvantage().Compute(Groups.Rewarded("a", 1)).ToArray().ShouldBe([null]);
}
