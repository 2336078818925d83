using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Driver;

public class PlacementTests
{
    private static readonly Dictionary<string, int> Nobody = [];

    private static NodeRecord Node(string name, int slots, params string[] devices) => new()
    {
        Name = name, Incarnation = "i", Host = "h", ProcessId = 1, Slots = slots, Devices = devices.Length > 0 ? devices : ["cpu"],
    };

    [Fact]
    public void Plan_SeveralNodes_SpreadsOverTheFreest()
    {
        var plan = Placement.Plan("j", [new PoolDemand("p", 3, "cpu")], Nobody, [Node("a", 2), Node("b", 2)]);

        plan.Select(p => p.Node).ShouldBe(["a", "b", "a"]);
    }

    [Fact]
    public void Plan_ActorsThere_PlacesOnlyWhatIsMissing() =>
        Placement.Plan("j", [new PoolDemand("p", 3, "cpu")], new Dictionary<string, int> { ["p"] = 2 }, [Node("a", 4)]).Length.ShouldBe(1);

    [Fact]
    public void Plan_NoPlace_SaysWhyForEachNode()
    {
        NodeRecord[] nodes =
        [
            Node("full", 0),
            Node("other", 4) with { Devices = ["cuda:0"] },
            Node("leaving", 4) with { Draining = true },
            Node("lacking", 4) with { Refusals = [new Refusal("j", "p", "the model is not here")] },
        ];

        var placed = Placement.Plan("j", [new PoolDemand("p", 1, "cpu")], Nobody, nodes).ShouldHaveSingleItem();

        placed.Node.ShouldBeNull();
        placed.Reason.ShouldBe("full: 0 of 0 slots free; other: no device cpu; leaving: draining; lacking: the model is not here");
    }

    [Fact]
    public void Plan_RefusalOfAnotherJob_DoesNotCount() =>
        Placement.Plan("j", [new PoolDemand("p", 1, "cpu")], Nobody, [Node("a", 1) with { Refusals = [new Refusal("k", "p", "no")] }])[0].Node.ShouldBe("a");

    [Fact]
    public void Plan_SeveralPools_NeverGivesASlotTwice()
    {
        var plan = Placement.Plan("j", [new PoolDemand("p", 2, "cpu"), new PoolDemand("q", 2, "cuda")], Nobody, [Node("a", 3, "cpu", "cuda:0")]);

        plan.Select(p => (p.Pool, p.Node)).ShouldBe([("p", "a"), ("p", "a"), ("q", "a"), ("q", (string?)null)]);
    }
}
