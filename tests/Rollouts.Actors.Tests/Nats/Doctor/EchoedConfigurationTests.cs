using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Doctor;

public class EchoedConfigurationTests
{
    private static readonly StreamConfig Asked = new("work", ["work.>"])
    {
        Retention = StreamConfigRetention.Workqueue,
        MaxMsgsPerSubject = 1,
        DiscardNewPerSubject = true,
        DuplicateWindow = TimeSpan.FromMinutes(2),
        Metadata = new Dictionary<string, string> { ["a"] = "b" },
    };

    [Fact]
    public void Differences_ServerAddsWhatWasNotAskedFor_AreNone()
    {
        var made = Asked with { MaxMsgs = -1, AllowDirect = true, NumReplicas = 1, Metadata = new Dictionary<string, string> { ["a"] = "b", ["_nats.level"] = "1" } };

        EchoedConfiguration.Differences(Asked, made).ShouldBeEmpty();
    }

    [Fact]
    public void Differences_ServerLeavesSomethingOut_NameEachWithBothValues()
    {
        var made = Asked with { MaxMsgsPerSubject = -1, DiscardNewPerSubject = false, Metadata = null! };

        EchoedConfiguration.Differences(Asked, made).ShouldBe(["discard_new_per_subject true (nothing)", """metadata {"a":"b"} (nothing)""", "max_msgs_per_subject 1 (-1)"], ignoreOrder: true);
        Should.Throw<NatsException>(() => EchoedConfiguration.Require("stream work", Asked, made)).Message.ShouldStartWith("the NATS server made stream work otherwise than it was asked to, ");
    }
}
