using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Naming;

public class NameRulesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("A-1_b")]
    [InlineData("alive")]
    [InlineData("_live-2")]
    [InlineData("inbox-1")]
    public void Faults_PlainNames_AreNone(string name) =>
        (NameRules.FaultOfJob(name), NameRules.FaultOfActor(name), NameRules.FaultOfNode(name)).ShouldBe((null, null, null));

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("*")]
    [InlineData("a\n")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Faults_WhatIsNoToken_NameWhatIsAllowed(string name)
    {
        foreach (var fault in new[] { NameRules.FaultOfJob(name), NameRules.FaultOfActor(name), NameRules.FaultOfNode(name) })
            fault.ShouldNotBeNull().ShouldEndWith("letters, digits, _ and -, at most 64");
    }

    [Fact]
    public void FaultOfNode_Inbox_IsReservedForReplies()
    {
        NodeNames.Start("inbox").ShouldStartWith(NodeNames.Inbox);
        NameRules.FaultOfNode("inbox").ShouldBe("'inbox' is no node name: replies go to subjects of that name; take another with --name");
        NameRules.FaultOfActor("inbox").ShouldBe("'inbox' is no actor name: replies go to subjects of that name; take another with --name");
    }

    [Fact]
    public void FaultOfJob_AnothersLeases_AreReserved()
    {
        NameRules.FaultOfJob("math_live").ShouldBe("'math_live' is no job name: its records would be called like the leases of job 'math'; do not end it with _live");
        new JobNames("math").LeaseBucket.ShouldBe("rollouts_math_live");
    }
}
