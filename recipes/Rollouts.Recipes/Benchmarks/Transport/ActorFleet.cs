using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A job with synthetic actors in <c>rollouts actor</c> processes, and its driver in this one.</summary>
internal sealed class ActorFleet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly NatsTransport _transport;
    private readonly List<Process> _processes = [];

    private ActorFleet(NatsTransport transport, BenchWork work)
    {
        _transport = transport;
        Loop = new GroupLoop(transport, work);
    }

    /// <summary>Sends groups to it.</summary>
    public GroupLoop Loop { get; }

    /// <summary>Its first process.</summary>
    public int ProcessId => _processes[0].Id;

    /// <summary>The job's recipe.</summary>
    public static LoadedRecipe Recipe(string job, string model, string engine) => RecipeReader.Read($$"""
        name: {{job}}
        model: { path: {{Path.GetFullPath(model)}} }
        prompts: { path: none.jsonl, text: question }
        sampling: { n: {{BenchWork.Siblings}}, max_tokens: 64 }
        actors: [ { name: bench, engine: { kind: synthetic, {{engine}} } } ]
        output: { path: none }
        """, $"{job}.yaml", []);

    /// <summary>Starts the processes and waits until all actors serve.</summary>
    /// <param name="replicas">Actors in each process.</param>
    public static async Task<ActorFleet> StartAsync(NatsSettings settings, LoadedRecipe recipe, BenchWork work, int processes, int replicas, CancellationToken stopping)
    {
        var fleet = new ActorFleet(await NatsTransport.OpenAsync(Options(settings, recipe), TimeProvider.System, stopping), work);
        try
        {
            for (var i = 0; i < processes; i++) fleet._processes.Add(StartProcess(settings, recipe.Recipe.Name, i, replicas));
            for (var since = Stopwatch.GetTimestamp(); fleet._transport.Actors.Length < processes * replicas; await Task.Delay(50, stopping))
                if (Stopwatch.GetElapsedTime(since) > Patience || fleet._processes.Any(p => p.HasExited)) throw new IOException($"{fleet._transport.Actors.Length} of {processes * replicas} actors came to job {recipe.Recipe.Name}");
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.EndAsync(CancellationToken.None);
        await _transport.DisposeAsync();
        foreach (var process in _processes)
        {
            process.Kill();
            process.Dispose();
        }
    }

    private static DriverOptions Options(NatsSettings settings, LoadedRecipe recipe) => new()
    {
        Settings = settings,
        Job = recipe.Recipe.Name,
        Record = JobOptions.Record(recipe, Guid.NewGuid().ToString("N")),
        Demands = JobOptions.Demands(recipe.Recipe),
        Siblings = BenchWork.Siblings,
        Codec = new ArrowRolloutCodec(),
        IsDecided = _ => false,
    };

    /// <summary>This program again, as an actor. What it prints is read and let go.</summary>
    private static Process StartProcess(NatsSettings settings, string job, int number, int replicas)
    {
        var self = Environment.ProcessPath!;
        string[] before = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Assembly.GetEntryAssembly()!.Location] : [];
        string[] arguments = [.. before, "actor", "--url", settings.Url, "--job", job, "--pool", "bench", "--name", $"bench-{number}", "--replicas", replicas.ToString(CultureInfo.InvariantCulture)];
        var process = Process.Start(new ProcessStartInfo(self, arguments) { RedirectStandardError = true })!;
        process.BeginErrorReadLine();
        return process;
    }
}
