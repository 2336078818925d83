using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Naming;

public class JobNamesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a>")]
    [InlineData("*")]
    [InlineData("a\n")]
    public void JobNames_WhatWouldReachAnotherJobsSubjects_IsRefused(string job) => Should.Throw<ArgumentException>(() => new JobNames(job));

    [Fact]
    public void PoolOf_OwnSubjects_IsTheirPool()
    {
        var names = new JobNames("j");
        var key = GroupKey.Of(new GroupId(Purpose.Train, 0, new PromptId("a")));

        names.PoolOf(names.Prompt("p", key)).ShouldBe("p");
        names.PoolOf(names.Result("p", key)).ShouldBe("p");
        names.PoolOf(new JobNames("other").Prompt("p", key)).ShouldBeNull();
        names.PoolOf("rollouts.j.control.p.x").ShouldBeNull();
    }
}
