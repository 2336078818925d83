using System.Collections.Immutable;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A driver and one actor in this process, with a connection each; what comes back is settled at once.</summary>
internal sealed class TransportUnderTest : IAsyncDisposable
{
    private readonly NatsTransport _transport;
    private readonly Task _actor;
    private readonly CancellationTokenSource _stop;
    private readonly GroupLoop _loop;
    private readonly int _inFlight;

    private TransportUnderTest(NatsTransport transport, Task actor, CancellationTokenSource stop, BenchWork work, int inFlight)
    {
        (_transport, _actor, _stop, _inFlight) = (transport, actor, stop, inFlight);
        _loop = new GroupLoop(transport, work);
    }

    /// <param name="recorded">What the actor answers.</param>
    /// <param name="inFlight">Groups at once.</param>
    public static async Task<TransportUnderTest> OpenAsync(NatsSettings settings, BenchWork work, ImmutableArray<Completion> recorded, int inFlight, CancellationToken stopping)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var transport = await NatsTransport.OpenAsync(Options(settings), TimeProvider.System, stopping);
        var engine = new RecordedEngine(recorded, BenchWork.Siblings * (inFlight - 2));
        var options = new ActorOptions { Settings = settings, Job = "bench", Pool = "bench", Name = "bench", Codec = new ArrowRolloutCodec() };
        var actor = NatsActor.RunAsync(options, _ => Task.FromResult(((IGenerationEngine)engine, BenchWork.Siblings)), new SilentObserver(), TimeProvider.System, stop.Token, stop.Token);
        return new TransportUnderTest(transport, actor, stop, work, inFlight);
    }

    /// <summary>Moves so many groups there and back.</summary>
    /// <returns>Seconds.</returns>
    public async Task<double> MeasureAsync(int groups, CancellationToken stopping) => (await _loop.RunAsync(groups, _inFlight, stopping)).Seconds;

    public async ValueTask DisposeAsync()
    {
        await _transport.EndAsync(CancellationToken.None);
        await _stop.CancelAsync();
        await _actor.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _transport.DisposeAsync();
        _stop.Dispose();
    }

    private static DriverOptions Options(NatsSettings settings) => new()
    {
        Settings = settings,
        Job = "bench",
        Record = new JobRecord { RunId = Guid.NewGuid().ToString("N"), State = JobState.Running, Recipe = "", Fingerprints = new Dictionary<string, string>(), LeaseSeconds = settings.Lease.TotalSeconds },
        Demands = [new PoolDemand("bench", 1, "cpu")],
        Siblings = BenchWork.Siblings,
        Codec = new ArrowRolloutCodec(),
        IsDecided = _ => false,
    };

    private sealed class SilentObserver : IActorObserver
    {
        public void OnJoined(string incarnation)
        {
        }

        public void OnBegan(GroupKey group)
        {
        }

        public void OnEnded(GroupKey group)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
