using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>An actor's process: it joins a job, serves it life after life, and leaves when the job has ended, when it is drained, or when its driver does not come back.</summary>
public sealed class NatsActor
{
    private readonly ActorOptions _options;
    private readonly IActorObserver _observer;
    private readonly TimeProvider _time;
    private readonly JobNames _names;
    private readonly NatsJSContext _jetStream;
    private ServingLife? _life;

    private NatsActor(ActorOptions options, IActorObserver observer, NatsJSContext jetStream, JobNames names, TimeProvider time) =>
        (_options, _observer, _jetStream, _names, _time) = (options, observer, jetStream, names, time);

    /// <summary>Joins and serves.</summary>
    /// <param name="options">Who it is; of more than one replica each has a name and an engine of its own, and all share one connection.</param>
    /// <param name="createEngine">Makes the engine that the job asks for, once a replica.</param>
    /// <param name="drain">Takes no more, finishes what runs, leaves.</param>
    /// <param name="stop">Leaves at once: what it holds is given to others.</param>
    /// <exception cref="IOException">The server, the job or the actor's name is not to be had; the message says what to do.</exception>
    public static async Task<ActorEnd> RunAsync(
        ActorOptions options, Func<JobRecord, Task<(IGenerationEngine Engine, int Siblings)>> createEngine, IActorObserver observer, TimeProvider time, CancellationToken drain, CancellationToken stop)
    {
        NameRules.Require(NameRules.FaultOfJob(options.Job) ?? NameRules.FaultOfActor(options.Name));
        var names = new JobNames(options.Job);
        await using var connection = await NatsConnector.OpenAsync(options.Settings, $"rollouts actor {options.Job}/{options.Name}", names.Inbox, stop);
        var jetStream = new NatsJSContext(connection);
        var watch = new JobWatch(jetStream, names, options, time);
        var job = await ServerFaults.ToldAsync(connection, options.Settings, () => watch.WaitForJobAsync(drain), drain);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var deltas = new DeltaPublisher(connection, names);
        if (job.Deltas) _ = Task.Run(() => deltas.RunAsync(over.Token), CancellationToken.None);
        var ending = Task.Run(() => watch.RunAsync(job, over), CancellationToken.None);
        await Task.WhenAll(options.Each().Select(one => new NatsActor(one, observer, jetStream, names, time).ServeAsync(job, createEngine, job.Deltas ? deltas.Publish : null, drain, over)));
        await over.CancelAsync();
        return await ending ?? ActorEnd.Drained;
    }

    /// <summary>Serves; what ends one replica by a fault ends them all.</summary>
    private async Task ServeAsync(
        JobRecord job, Func<JobRecord, Task<(IGenerationEngine Engine, int Siblings)>> createEngine, Action<GenerationRequest, int, GenerationDelta>? onDelta, CancellationToken drain, CancellationTokenSource over)
    {
        try
        {
            var (engine, siblings) = await createEngine(job);
            await using var owned = engine;
            await LiveAsync(job, siblings, new RolloutActor(new ActorId(_options.Name), engine, _time) { OnDelta = onDelta }, drain, over.Token);
        }
        catch
        {
            await over.CancelAsync();
            throw;
        }
    }

    private async Task LiveAsync(JobRecord job, int siblings, RolloutActor actor, CancellationToken drain, CancellationToken over)
    {
        _jetStream.Connection.ConnectionOpened += (_, _) =>
        {
            _life?.Reconnected();
            return default;
        };
        while (!over.IsCancellationRequested)
        {
            await using var life = new ServingLife(_options, job, siblings, actor, _life?.Incarnation, _jetStream, _names, _observer, _time);
            _life = life;
            await life.RunAsync(drain, over);
            if (!life.Fenced.IsCancellationRequested) break;
            _observer.OnMessage("declared dead by the driver; everything was dropped, joining anew");
        }
    }
}
