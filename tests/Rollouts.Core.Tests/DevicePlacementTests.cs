namespace Rollouts.Tests;

public class DevicePlacementTests
{
    [Theory]
    [InlineData("cpu", false, new int[0])]
    [InlineData("cuda", true, new[] { 0 })]
    [InlineData("cuda:2", true, new[] { 2 })]
    [InlineData("cuda:1,0", true, new[] { 1, 0 })]
    public void TryParse_Placement_GivesItsGpusAndIsWrittenTheSame(string text, bool isGpu, int[] gpus)
    {
        DevicePlacement.TryParse(text, out var placement).ShouldBeTrue();

        (placement.IsGpu, placement.ToString()).ShouldBe((isGpu, text));
        placement.Gpus.ShouldBe(gpus);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:0,0")]
    [InlineData("cuda:0,")]
    public void TryParse_AnythingElse_IsNone(string text) => DevicePlacement.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void OfReplica_MoreReplicasThanGpus_TakeTurns()
    {
        DevicePlacement.TryParse("cuda:3,5", out var placement);

        new[] { 0, 1, 2 }.Select(i => placement.OfReplica(i).ToString()).ShouldBe(["cuda:3", "cuda:5", "cuda:3"]);
        new[] { 0, 1 }.Select(i => placement.OfReplica(i, ranks: 2).ToString()).ShouldBe(["cuda:3,5", "cuda:3,5"]);
        DevicePlacement.Cpu.OfReplica(4).ShouldBe(DevicePlacement.Cpu);
    }

    [Theory]
    [InlineData("cuda", 4, true, "cuda:0,1,2,3")]
    [InlineData("cuda:2,3,4,5", 2, true, "cuda:2,3")]
    [InlineData("cuda:2,3,4", 2, false, "cuda:2,3")]
    public void OfReplica_WithRanks_TakesAGpuForEach(string text, int ranks, bool fits, string first)
    {
        DevicePlacement.TryParse(text, out var placement);

        placement.CanHold(ranks).ShouldBe(fits);
        placement.OfReplica(0, ranks).ToString().ShouldBe(first);
    }
}
