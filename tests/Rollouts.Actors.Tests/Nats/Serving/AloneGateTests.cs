using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Serving;

public class AloneGateTests
{
    [Fact]
    public async Task EnterAsync_Alone_WaitsForTheOthersAndKeepsThemOut()
    {
        using var gate = new AloneGate(3);
        await gate.EnterAsync(alone: false, CancellationToken.None);
        var alone = gate.EnterAsync(alone: true, CancellationToken.None);
        alone.IsCompleted.ShouldBeFalse();

        gate.Leave(alone: false);
        await alone;
        var other = gate.EnterAsync(alone: false, CancellationToken.None);
        other.IsCompleted.ShouldBeFalse();

        gate.Leave(alone: true);
        await other;
    }

    [Fact]
    public async Task EnterAsync_TwoAlone_GoOneAfterTheOther()
    {
        using var gate = new AloneGate(2);
        var first = gate.EnterAsync(alone: true, CancellationToken.None);
        var second = gate.EnterAsync(alone: true, CancellationToken.None);

        await first;
        second.IsCompleted.ShouldBeFalse();
        gate.Leave(alone: true);
        await second;
    }

    [Fact]
    public async Task EnterAsync_GivenUp_GivesBackWhatItHad()
    {
        using var gate = new AloneGate(2);
        using var stop = new CancellationTokenSource();
        await gate.EnterAsync(alone: false, CancellationToken.None);
        var alone = gate.EnterAsync(alone: true, stop.Token);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(alone);
        await gate.EnterAsync(alone: false, CancellationToken.None);
    }
}
