using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.SlowConsumers;

/// <summary>Somebody who listens to tokens as they come, and does not read.</summary>
[Trait("Needs", "nats")]
public class SlowListenerTests
{
    private const int TooMany = 5_000;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Deltas_ReaderStops_ThenIsToldHowManyItMissed()
    {
        await using var server = await NatsServer.StartAsync(new());
        await using var actor = await NatsClients.ConnectAsync(server);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var missed = new List<long>();
        await using var deltas = TokenDeltas.ReadAsync(new NatsSettings { Url = server.Url }, "job", null, missed.Add, patience.Token).GetAsyncEnumerator(patience.Token);
        var first = deltas.MoveNextAsync().AsTask();
        var position = 0;
        while (!first.IsCompleted)
        {
            await PublishAsync(actor, position++);
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }

        await first;
        var (read, from) = (1, deltas.Current.Position);
        while (position < NatsConnector.PendingMessages + TooMany) await PublishAsync(actor, position++);
        var last = from;
        while (read + missed.LastOrDefault() < position - from)
        {
            var next = deltas.MoveNextAsync().AsTask();
            // One more where none comes, so that what was lost is told.
            while (await Task.WhenAny(next, Task.Delay(Quiet, patience.Token)) != next) await PublishAsync(actor, position++);
            (await next).ShouldBeTrue();
            // What is lost is the newest: what was held comes in its order, and tells by its positions where something is missing.
            deltas.Current.Position.ShouldBeGreaterThan(last);
            last = deltas.Current.Position;
            read++;
        }

        missed[^1].ShouldBeGreaterThan(0);
        (last - from + 1).ShouldBe((int)(read + missed[^1]));
    }

    private static ValueTask PublishAsync(NATS.Client.Core.NatsConnection actor, int position) =>
        actor.PublishAsync($"rollouts.job.deltas.{new string('0', 32)}", Wire.Encode(new RolloutDelta(Purpose.Train, 0, "p", 0, position, [1], [], "x")));
}
