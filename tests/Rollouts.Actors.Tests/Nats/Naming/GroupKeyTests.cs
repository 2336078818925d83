using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Naming;

public class GroupKeyTests
{
    [Fact]
    public void Of_KnownGroup_IsTheHashThatAClientInAnotherLanguageComputes() =>
        // python3: hashlib.sha256(b"\x00" + struct.pack("<i", 3) + "7-ü".encode()).hexdigest()[:32]
        GroupKey.Of(new GroupId(Purpose.Train, 3, new PromptId("7-ü"))).ToString().ShouldBe("dad2bec7b5932894966dd3f338b011c5");

    [Fact]
    public void Of_AnyDifference_GivesAnotherKey()
    {
        var group = new GroupId(Purpose.Train, 0, new PromptId("a"));
        GroupId[] others = [group with { Purpose = Purpose.Eval }, group with { Epoch = 1 }, group with { Prompt = new PromptId("b") }];

        others.Select(GroupKey.Of).ShouldAllBe(k => k != GroupKey.Of(group));
    }

    [Fact]
    public void Parse_OwnText_IsTheSameKey()
    {
        var key = GroupKey.Of(new GroupId(Purpose.Eval, 0, new PromptId("x")));

        GroupKey.Parse($"rollouts.job.results.pool.{key}").ShouldBe(key);
        GroupKey.Parse(key.ToString()).ShouldBe(key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rollouts.job.results.pool.")]
    [InlineData("rollouts.job.results.pool.00")]
    [InlineData("rollouts.job.results.pool.0123456789ABCDEF0123456789abcdef")]
    [InlineData("rollouts.job.results.pool.0123456789abcdef0123456789abcdef0")]
    public void Parse_SomethingElse_IsNull(string subject) => GroupKey.Parse(subject).ShouldBeNull();
}
