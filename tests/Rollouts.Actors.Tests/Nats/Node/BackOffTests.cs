using Rollouts.Actors.Nats;
using Rollouts.TestSupport;

namespace Rollouts.Actors.Tests.Nats.Node;

public class BackOffTests
{
    [Fact]
    public void Next_DeathAfterDeath_WaitsLongerUpToABound()
    {
        var backOff = new BackOff(TimeProvider.System);
        var waits = Enumerable.Range(0, 12).Select(_ =>
        {
            backOff.Started();
            return backOff.Next();
        }).ToArray();

        waits.ShouldBeInOrder();
        waits[^1].ShouldBe(TimeSpan.FromSeconds(30));
    }
}
