using System.Diagnostics;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Jobs;

/// <summary>A server, a recipe with a synthetic pool, and the processes of the built tool that a test starts on them. Disposal ends them all.</summary>
internal sealed class JobFolder : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly List<Process> _processes = [];

    private JobFolder(TemporaryFolder folder, NatsServer server) => (_folder, Server) = (folder, server);

    public NatsServer Server { get; }

    public NatsSettings Settings => new() { Url = Server.Url };

    public string Path => _folder.Path;

    public string Output => _folder.File("out");

    /// <param name="groups">Prompts.</param>
    /// <param name="engine">Keys of the synthetic engine beside its kind.</param>
    /// <param name="keys">More lines of the recipe.</param>
    public static async Task<JobFolder> CreateAsync(int groups, string engine, string pool = "replicas: 1", string transport = "lease: 2s", params string[] keys)
    {
        var folder = new TemporaryFolder();
        var job = new JobFolder(folder, await NatsServer.StartAsync(new NatsServerConfiguration { JetStreamFolder = folder.File("streams") }));
        await File.WriteAllLinesAsync(job._folder.File("prompts.jsonl"), Enumerable.Range(0, groups).Select(i => $$"""{"id":"p{{i}}","question":"what is {{i}} + {{i}}?"}"""));
        await File.WriteAllLinesAsync(job._folder.File("job.yaml"),
        [
            "name: job",
            $"model: {{ path: {Fixtures.Root}/recipes/models/tiny-arithmetic }}",
            "prompts: { path: prompts.jsonl, text: question, id: id }",
            "sampling: { n: 4, max_tokens: 64, seed: 3 }",
            $"actors: [ {{ name: pool, {pool}, engine: {{ kind: synthetic, {engine} }} }} ]",
            $"transport: {{ url: \"{job.Server.Url}\", {transport} }}",
            "output: { path: out, seal_after: 1s }",
            .. keys,
        ]);
        return job;
    }

    /// <summary>Starts the tool; it ends with the test.</summary>
    public Process Start(params string[] arguments)
    {
        var process = Tool.Start(Path, arguments);
        _processes.Add(process);
        return process;
    }

    public Process StartNode(int slots, string name = "node") => Start("node", "--url", Server.Url, "--slots", $"{slots}", "--name", name);

    public Process StartActor(string name, params string[] arguments) => Start(["actor", "--url", Server.Url, "--job", "job", "--pool", "pool", "--name", name, "--json", .. arguments]);

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Path, ["run", "job.yaml", .. arguments]);

    public Task<ToolResult> ToolAsync(string verb, params string[] arguments) => Tool.RunAsync(Path, [verb, .. arguments, "--url", Server.Url]);

    /// <summary>Waits until the job's actors are as asked.</summary>
    public async Task<FleetActor[]> WaitForActorsAsync(Func<FleetActor[], bool> asked)
    {
        await using var fleet = await Fleet.OpenAsync(Settings, TimeProvider.System, CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            FleetActor[] actors = [.. await fleet.ActorsAsync("job", patience.Token)];
            if (asked(actors)) return actors;
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    /// <summary>What the output folder says of itself, its faults being none.</summary>
    public RolloutAccounting Verify()
    {
        var report = FolderVerifier.Verify(new OutputFolder(Output));
        report.Faults.ShouldBeEmpty();
        return report.Accounting;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
