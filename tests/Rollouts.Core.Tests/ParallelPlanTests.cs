namespace Rollouts.Tests;

public class ParallelPlanTests
{
    [Fact]
    public void CoordinatesOf_EightRanks_AreStageTensorExpertAndSlice()
    {
        var plan = new ParallelPlan(TensorParallel: 4, PipelineParallel: 2, ExpertParallel: 2);

        Enumerable.Range(0, plan.NumRanks).Select(plan.CoordinatesOf).ShouldBe(
        [
            new(0, 0, 0, 0), new(0, 1, 0, 1), new(0, 2, 1, 0), new(0, 3, 1, 1),
            new(1, 0, 0, 0), new(1, 1, 0, 1), new(1, 2, 1, 0), new(1, 3, 1, 1),
        ]);
    }

    [Fact]
    public void CoordinatesOf_AllPlans_NameEachRankOnce()
    {
        foreach (var (tensor, pipeline, slices) in from t in new[] { 1, 2, 3, 8 } from p in new[] { 1, 2, 5 } from s in new[] { 1, 2, 4 } where t % s == 0 select (t, p, s))
        {
            var plan = new ParallelPlan(tensor, pipeline, tensor / slices);
            Enumerable.Range(0, plan.NumRanks).Select(plan.CoordinatesOf).Distinct().Count().ShouldBe(plan.NumRanks);
            Enumerable.Range(0, plan.NumRanks).Select(plan.CoordinatesOf).ShouldAllBe(c => c.Expert * slices + c.ExpertSlice == c.Tensor);
        }
    }

    [Theory]
    [InlineData(-1, 2, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(0, 4, 3)]
    public void CoordinatesOf_NoSuchRankOrPlan_IsRefused(int rank, int tensor, int expert) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ParallelPlan(tensor, ExpertParallel: expert).CoordinatesOf(rank));
}
