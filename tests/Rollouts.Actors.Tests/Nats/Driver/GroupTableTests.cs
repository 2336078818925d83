using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Driver;

public class GroupTableTests
{
    private static readonly GroupId Group = new(Purpose.Train, 0, new PromptId("a"));
    private static readonly GroupKey Key = GroupKey.Of(Group);

    private static RolloutRequest Request(int attempt = 0) => new(Group, attempt, [1], new SamplingParams { N = 1 });

    private static RolloutAnswer Answer(string actor) => new(Group, 0, new RolloutResult(new ActorId(actor), default, [new Completion([], [], [], "", FinishReason.Stop, null, default)]));

    [Fact]
    public async Task Complete_Twice_TheFirstCounts()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        var pending = table.Open(Request());

        table.Complete(pending, Answer("first")).ShouldBeTrue();
        table.Complete(pending, Answer("second")).ShouldBeFalse();

        (await pending.Result).Actor.Value.ShouldBe("first");
    }

    [Fact]
    public async Task Open_ResultThatCameBefore_IsThereAtOnce()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        table.KeepEarly(Key, Answer("early"));

        (await table.Open(Request()).Result).Actor.Value.ShouldBe("early");
    }

    [Fact]
    public void Open_AnotherAttempt_WantsAResultAgain()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        var first = table.Open(Request());
        table.Complete(first, Answer("a"));
        table.Close(first);
        table.Wants(Key).ShouldBeFalse();

        table.Open(Request(attempt: 1)).Result.IsCompleted.ShouldBeFalse();

        table.Wants(Key).ShouldBeTrue();
    }

    [Fact]
    public void Wants_WorkOfAnEarlierSession_UntilItIsSettled()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        table.Wants(Key).ShouldBeFalse();
        table.SetUnderWay(Key, "p");
        table.Wants(Key).ShouldBeTrue();

        table.Settle(Key);

        table.Wants(Key).ShouldBeFalse();
    }

    [Fact]
    public void Open_WorkOfAnEarlierSession_KnowsWhereItLies()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        table.SetUnderWay(Key, "p");

        var pending = table.Open(Request());

        pending.Pool.ShouldBe("p");
    }

    [Fact]
    public void IsAnswered_DecidedByAnEarlierSession_IsTrue() => new GroupTable(_ => true, TimeProvider.System).IsAnswered(Group, Key).ShouldBeTrue();

    [Fact]
    public async Task Fail_Pending_EveryRolloutFailsSo()
    {
        var table = new GroupTable(_ => false, TimeProvider.System);
        var pending = table.Open(Request());
        var failure = new RolloutFailure(FailureKind.Infrastructure, "generate", "set aside") { IsFinal = true };

        table.Fail(pending, failure);

        (await pending.Result).Completions.ShouldHaveSingleItem().Failure.ShouldBe(failure);
        table.Wants(Key).ShouldBeFalse();
    }
}
