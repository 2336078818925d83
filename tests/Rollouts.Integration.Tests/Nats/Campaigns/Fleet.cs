using System.Diagnostics;
using Rollouts.TestSupport.Nats;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>A job's processes, real ones: a nats-server with its file store, a driver, actors. Whatever is killed is started again by <see cref="RestoreAsync"/>.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private static readonly TimeSpan GoingHome = TimeSpan.FromSeconds(20);
    private readonly CampaignJob _job;
    private readonly int _numActors;
    private readonly string _actorsUrl;
    private readonly Dictionary<string, ToolProcess> _actors = [];
    private readonly List<string> _faults = [];
    private readonly EventFiles _events;
    private readonly string _node = $"node-{Guid.NewGuid():N}"[..13];
    private NetworkNamespace? _driverIn;
    private NetworkNamespace? _actorsIn;
    private ToolProcess? _driver;
    private ToolProcess? _agent;
    private int _begunBefore;
    private int _lastActor;
    private bool _serverIsDown;

    private Fleet(CampaignJob job, int numActors, NatsServer server, string? actorsUrl)
    {
        (_job, _numActors, Server, _actorsUrl) = (job, numActors, server, actorsUrl ?? server.Url);
        _events = new EventFiles(EventFolder, Work);
    }

    public NatsServer Server { get; }

    /// <summary>What the actors did.</summary>
    public WorkLog Work { get; } = new();

    /// <summary>What was killed.</summary>
    public List<KillRecord> Kills { get; } = [];

    /// <summary>Names of the actors that are there.</summary>
    public IReadOnlyList<string> Actors => [.. _actors.Keys];

    /// <summary>Whether the driver has ended, the run being whole.</summary>
    public bool IsDone => _driver is { HasExited: true, KilledAt: null, ExitCode: 0 };

    /// <summary>Whether this driver's life has got anything begun: one that is killed before again and again would get nowhere.</summary>
    private bool DriverHasWorked => Work.Runs.Count > _begunBefore;

    /// <summary>Processes that ended by themselves before the job did.</summary>
    public IReadOnlyList<string> Faults => _faults;

    private string EventFolder => _job.Folder.File("events");

    public static async Task<Fleet> StartAsync(CampaignJob job, int numActors) =>
        await StartAsync(job, numActors, await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams") }));

    /// <summary>With a server of one's own, which the fleet then ends, and ways to it that are not the direct ones.</summary>
    public static Task<Fleet> StartAsync(CampaignJob job, int numActors, NatsServer server, string? driverUrl = null, string? actorsUrl = null) =>
        StartAsync(new Fleet(job, numActors, server, actorsUrl), driverUrl);

    /// <summary>With driver or actors, or both, in a network of their own.</summary>
    public static Task<Fleet> StartAsync(CampaignJob job, int numActors, NatsServer server, NetworkNamespace? driverIn, NetworkNamespace? actorsIn) =>
        StartAsync(new Fleet(job, numActors, server, null) { _driverIn = driverIn, _actorsIn = actorsIn }, null);

    private static async Task<Fleet> StartAsync(Fleet fleet, string? driverUrl)
    {
        await fleet._job.WriteAsync(driverUrl ?? fleet.Server.Url);
        await fleet.RestoreAsync();
        return fleet;
    }

    /// <summary>Waits until groups are begun that were not before.</summary>
    public async Task WorkingAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        var begun = Work.Runs.Count;
        while (!IsDone && (Work.Runs.Count == begun || !DriverHasWorked)) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
    }

    /// <summary>Starts what is missing.</summary>
    public async Task RestoreAsync()
    {
        if (_serverIsDown) await Server.RestartAsync();
        _serverIsDown = false;
        Examine();
        if (_driver is null) StartDriver();
        // Where there is a place for one more, it is an agent that starts it.
        if (_agent is null && _job.Replicas > _numActors) StartAgent();
        while (_actors.Count < _numActors && !IsDone) StartActor();
    }

    /// <summary>kill -9 of one.</summary>
    public Task KillAsync(Victim victim, Random random) => victim switch
    {
        Victim.Actor => KillActorAsync(random),
        Victim.Driver => KillDriverAsync(),
        Victim.Agent => KillAgentAsync(),
        _ => KillServerAsync(),
    };

    public async Task KillServerAsync()
    {
        Kills.Add(new KillRecord(Victim.Server, Stopwatch.GetTimestamp()));
        _serverIsDown = true;
        await Server.KillAsync();
    }

    /// <summary>The server killed, its folder gone, and a server that knows nothing in its place.</summary>
    public async Task WipeServerAsync()
    {
        await KillServerAsync();
        Directory.Delete(_job.Folder.File("streams"), recursive: true);
        await RestoreAsync();
    }

    /// <summary>SIGSTOP.</summary>
    public void Stop(string actor) => Signals.Stop(_actors[actor].Id);

    /// <summary>SIGCONT.</summary>
    public void Continue(string actor) => Signals.Continue(_actors[actor].Id);

    /// <summary>Waits until the run is whole; processes that end before are started again.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (!IsDone)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
            await RestoreAsync();
        }

        foreach (var (name, actor) in _actors)
        {
            // One that came too late waits for another job of this name.
            if (Work.Lives.All(l => l.Actor != name)) continue;
            await actor.EndedAsync().WaitAsync(GoingHome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!actor.HasExited) _faults.Add($"{name} did not go home; it said {string.Join(" / ", Work.Lives.Where(l => l.Actor == name).SelectMany(l => l.Messages))}");
            else if (actor.ExitCode != 0) _faults.Add($"{name} ended with {actor.ExitCode}: {actor.Complaints}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in _actors.Values) await actor.DisposeAsync();
        if (_driver is not null) await _driver.DisposeAsync();
        if (_agent is not null) await _agent.DisposeAsync();
        await _events.DisposeAsync();
        await Server.DisposeAsync();
    }

    private void StartDriver()
    {
        _begunBefore = Work.Runs.Count;
        _driver = new ToolProcess(_driverIn, _job.Folder.Path, ["run", "job.yaml", "--json"], _ => { });
    }

    private void StartAgent() => _agent = new ToolProcess(
        _job.Folder.Path, ["node", "--url", Server.Url, "--slots", "1", "--name", _node], _ => { }, ("ROLLOUTS_ACTOR_EVENTS", EventFolder));

    private void StartActor()
    {
        var name = $"actor-{++_lastActor}";
        _actors.Add(name, new ToolProcess(_actorsIn, _job.Folder.Path, ["actor", "--url", _actorsUrl, "--job", CampaignJob.Name, "--pool", CampaignJob.Pool, "--name", name, "--json"], Work.ReaderOf(name)));
    }

    /// <summary>Mostly one that serves, now and then one that is only starting.</summary>
    private async Task KillActorAsync(Random random)
    {
        var serving = Work.Lives.Select(l => l.Actor).Where(_actors.ContainsKey).Distinct().ToArray();
        var among = serving.Length == 0 || random.Next(5) == 0 ? [.. _actors.Keys] : serving;
        if (among.Length == 0) return;
        var name = among.Order(StringComparer.Ordinal).ElementAt(random.Next(among.Length));
        _actors.Remove(name, out var actor);
        Kills.Add(new KillRecord(Victim.Actor, Stopwatch.GetTimestamp(), name));
        await actor!.KillAsync();
        await actor.DisposeAsync();
    }

    private async Task KillAgentAsync()
    {
        if (_agent is null) return;
        Kills.Add(new KillRecord(Victim.Agent, Stopwatch.GetTimestamp()));
        await _agent.KillAsync();
        await _agent.DisposeAsync();
        _agent = null;
    }

    private async Task KillDriverAsync()
    {
        if (_driver is null || _driver.HasExited || !DriverHasWorked) return;
        Kills.Add(new KillRecord(Victim.Driver, Stopwatch.GetTimestamp()));
        await _driver.KillAsync();
        await _driver.DisposeAsync();
        _driver = null;
    }

    /// <summary>Nothing may end by itself before the job has ended.</summary>
    private void Examine()
    {
        if (IsDone) return;
        if (_driver is { HasExited: true })
        {
            _faults.Add($"the driver ended with {_driver.ExitCode}: {_driver.Complaints}");
            _driver = null;
        }

        if (_agent is { HasExited: true })
        {
            _faults.Add($"the agent ended with {_agent.ExitCode}: {_agent.Complaints}");
            _agent = null;
        }

        foreach (var (name, actor) in _actors.Where(a => a.Value.HasExited).ToArray())
        {
            // A job that has ended sends its actors home a moment before its driver is gone.
            if (actor.ExitCode != 0) _faults.Add($"{name} ended with {actor.ExitCode}: {actor.Complaints}");
            _actors.Remove(name);
        }
    }
}
