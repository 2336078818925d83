using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Driver;

public class ActorLifeTests
{
    private static ActorRecord Record(long version = 0, ActorState state = ActorState.Serving) => new()
    {
        Name = "a", Pool = "p", Incarnation = "i", State = state, Host = "h", ProcessId = 1, Device = "cpu", MaxRunning = 8, Version = version, StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void ActorLife_AnnouncedWithTheCurrentPolicy_IsHealthy() => new ActorLife(Record(), 1, 0, 0).Health.ShouldBe(ActorHealth.Healthy);

    [Fact]
    public void ActorLife_AnnouncedWithAnotherPolicy_IsStaleUntilItHasCaughtUp()
    {
        var life = new ActorLife(Record(version: 1), 1, currentVersion: 2, 0);
        life.Health.ShouldBe(ActorHealth.Stale);
        life.TakesWork.ShouldBeFalse();

        life.Renew(Record(version: 2), 2, currentVersion: 2, 0);

        life.Health.ShouldBe(ActorHealth.Healthy);
        life.TakesWork.ShouldBeTrue();
    }

    [Fact]
    public void Renew_Suspect_IsWhatItWas()
    {
        var life = new ActorLife(Record(), 1, 0, 0);
        life.Suspect();
        life.Health.ShouldBe(ActorHealth.Suspect);
        life.TakesWork.ShouldBeTrue("what it has announced room for is not taken away by a missed renewal");

        life.Renew(Record(), 2, 0, 5);

        life.Health.ShouldBe(ActorHealth.Healthy);
        life.SeenAt.ShouldBe(5);
    }

    [Fact]
    public void Renew_Dead_StaysDead()
    {
        var life = new ActorLife(Record(), 1, 0, 0);
        life.Die();

        life.Renew(Record(), 2, 0, 5);
        life.Suspect();

        life.Health.ShouldBe(ActorHealth.Dead);
        life.TakesWork.ShouldBeFalse();
    }

    [Fact]
    public void Renew_OlderRevision_ChangesNothing()
    {
        var life = new ActorLife(Record(), 7, 0, 9);

        life.Renew(Record(state: ActorState.Draining), 6, 0, 10);

        life.Record.State.ShouldBe(ActorState.Serving);
        life.SeenAt.ShouldBe(9);
    }

    [Fact]
    public void TakesWork_Draining_IsFalse() => new ActorLife(Record(state: ActorState.Draining), 1, 0, 0).TakesWork.ShouldBeFalse();
}
