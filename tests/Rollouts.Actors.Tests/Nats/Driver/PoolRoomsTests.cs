using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Driver;

public class PoolRoomsTests
{
    private static ActorRecord Actor(string pool, int maxRunning) => new()
    {
        Name = "a", Pool = pool, Incarnation = "i", State = ActorState.Serving, Host = "h", ProcessId = 1, Device = "cpu", MaxRunning = maxRunning, StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task TakeAsync_NoActor_WaitsUntilOneComes()
    {
        var rooms = new PoolRooms(siblings: 8);
        var seat = rooms.TakeAsync(CancellationToken.None).AsTask();
        seat.IsCompleted.ShouldBeFalse();

        rooms.Announce([Actor("p", 64)]);

        (await seat).ShouldBe("p");
    }

    [Fact]
    public async Task TakeAsync_OneActor_GivesWhatItRunsAndTwoGroupsBeside()
    {
        var rooms = new PoolRooms(siblings: 8);
        rooms.Announce([Actor("p", 60)]);

        var seats = Enumerable.Range(0, 12).Select(_ => rooms.TakeAsync(CancellationToken.None).AsTask()).ToArray();

        seats.Count(s => s.IsCompleted).ShouldBe(8 + 2);
        rooms.Return("p");
        await seats[10];
        seats[11].IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task TakeAsync_TwoPools_FillsThemByTheirShares()
    {
        var rooms = new PoolRooms(siblings: 1);
        rooms.Announce([Actor("small", 8), Actor("large", 38)]);

        var pools = new List<string>();
        for (var i = 0; i < 25; i++) pools.Add(await rooms.TakeAsync(CancellationToken.None));

        pools.Count(p => p == "small").ShouldBe(5);
        pools.Count(p => p == "large").ShouldBe(20);
    }

    [Fact]
    public async Task TakeAsync_GivenUp_LeavesItsTurnToTheNext()
    {
        var rooms = new PoolRooms(siblings: 8);
        using var stop = new CancellationTokenSource();
        var first = rooms.TakeAsync(stop.Token).AsTask();
        var second = rooms.TakeAsync(CancellationToken.None).AsTask();

        await stop.CancelAsync();
        rooms.Announce([Actor("p", 8)]);

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).ShouldBe("p");
    }

    [Fact]
    public void Announce_ActorsGone_GivesNoMoreUntilSeatsAreFree()
    {
        var rooms = new PoolRooms(siblings: 8);
        rooms.Announce([Actor("p", 8), Actor("p", 8)]);
        for (var i = 0; i < 6; i++) rooms.TakeAsync(CancellationToken.None).IsCompleted.ShouldBeTrue();

        rooms.Announce([Actor("p", 8)]);
        for (var i = 0; i < 3; i++) rooms.Return("p");

        rooms.TakeAsync(CancellationToken.None).IsCompleted.ShouldBeFalse();
    }
}
