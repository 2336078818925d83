using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>An actor's process: it joins a job, serves it life after life, and leaves when the job has ended, when it is drained, or when its driver does not come back.</summary>
public sealed class NatsActor
{
    private readonly ActorOptions _options;
    private readonly IActorObserver _observer;
    private readonly TimeProvider _time;
    private readonly JobNames _names;
    private readonly INatsConnection _connection;
    private readonly NatsJSContext _jetStream;
    private ServingLife? _life;

    private NatsActor(ActorOptions options, IActorObserver observer, INatsConnection connection, TimeProvider time)
    {
        (_options, _observer, _connection, _time) = (options, observer, connection, time);
        _names = new JobNames(options.Job);
        _jetStream = new NatsJSContext(connection);
    }

    /// <summary>Joins and serves.</summary>
    /// <param name="createEngine">Makes the engine that the job asks for, once.</param>
    /// <param name="drain">Takes no more, finishes what runs, leaves.</param>
    /// <param name="stop">Leaves at once: what it holds is given to others.</param>
    /// <exception cref="IOException">The server, the job or the actor's name is not to be had; the message says what to do.</exception>
    public static async Task<ActorEnd> RunAsync(
        ActorOptions options, Func<JobRecord, Task<(IGenerationEngine Engine, int Siblings)>> createEngine, IActorObserver observer, TimeProvider time, CancellationToken drain, CancellationToken stop)
    {
        await using var connection = await NatsConnector.OpenAsync(options.Settings, $"rollouts actor {options.Job}/{options.Name}", new JobNames(options.Job).Inbox, stop);
        var actor = new NatsActor(options, observer, connection, time);
        var watch = new JobWatch(actor._jetStream, actor._names, options, time);
        var job = await ServerFaults.ToldAsync(connection, options.Settings, () => watch.WaitForJobAsync(drain), drain);
        var (engine, siblings) = await createEngine(job);
        await using var owned = engine;
        return await actor.ServeAsync(job, engine, siblings, watch, drain, stop);
    }

    private async Task<ActorEnd> ServeAsync(JobRecord job, IGenerationEngine engine, int siblings, JobWatch watch, CancellationToken drain, CancellationToken stop)
    {
        _connection.ConnectionOpened += (_, _) =>
        {
            _life?.Reconnected();
            return default;
        };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ending = watch.RunAsync(job, over);
        var deltas = new DeltaPublisher(_connection, _names);
        if (job.Deltas) _ = Task.Run(() => deltas.RunAsync(over.Token));
        var actor = new RolloutActor(new ActorId(_options.Name), engine, _time) { OnDelta = job.Deltas ? deltas.Publish : null };
        while (!over.IsCancellationRequested)
        {
            await using var life = new ServingLife(_options, job, siblings, actor, _jetStream, _names, _observer, _time);
            _life = life;
            await life.RunAsync(drain, over.Token);
            if (!life.Fenced.IsCancellationRequested) break;
            _observer.OnMessage("declared dead by the driver; everything was dropped, joining anew");
        }

        await over.CancelAsync();
        return await ending ?? ActorEnd.Drained;
    }
}
