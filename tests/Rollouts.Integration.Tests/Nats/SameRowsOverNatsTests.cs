using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;
using Rollouts.Integration.Tests.Nats.Campaigns;
using Rollouts.Recipes;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The same recipe and seed give the same rows in this process and with any number of actors over NATS, whichever of them are cut off on the way.</summary>
[Trait("Needs", "nats")]
public sealed class SameRowsOverNatsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_AnyNumberOfActors_GivesTheSameRows()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _folder.File("streams") });

        var alone = await RowsAsync(Load("alone"), () => Task.CompletedTask);

        alone.Length.ShouldBe(24 * 4);
        foreach (var number in new[] { 1, 3, 7 }) (await OverNatsAsync(server, $"nats-{number}", number, cut: 0)).ShouldBe(alone, $"{number} actors");
        (await OverNatsAsync(server, "cut", 4, cut: 2)).ShouldBe(alone, "4 actors of which 2 are cut off");
        (await KilledAsync(server, "killed", kills: 2)).ShouldBe(alone, "3 actor processes of which 2 are killed");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Some actors are cut off once work has begun, with what they hold.</summary>
    private async Task<string[]> OverNatsAsync(NatsServer server, string name, int number, int cut)
    {
        using var stop = new CancellationTokenSource();
        var observer = new Beginnings();
        var actors = Enumerable.Range(0, number).Select(i => ActorProgram.RunAsync(
            new ActorSettings(new NatsSettings { Url = server.Url }, name, "local", $"actor-{i}", null, null), observer, TimeProvider.System, CancellationToken.None, i < cut ? stop.Token : CancellationToken.None)).ToArray();

        var rows = await RowsAsync(Load(name, $"name={name}", $"transport.url={server.Url}", "transport.lease=1s"), async () =>
        {
            await observer.First;
            await stop.CancelAsync();
        });

        await ((Task)Task.WhenAll(actors)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return rows;
    }

    /// <summary>Actors in processes of their own, each killed with -9 as it begins its first group; then one that lives.</summary>
    private async Task<string[]> KilledAsync(NatsServer server, string name, int kills)
    {
        var rows = RowsAsync(Load(name, $"name={name}", $"transport.url={server.Url}", "transport.lease=1s"), () => Task.CompletedTask);
        for (var i = 0; i < kills; i++)
        {
            var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var victim = Start($"actor-{i}", line => TellWhenBegun(line, began));
            await began.Task.WaitAsync(Patience);
            await victim.KillAsync();
        }

        await using var last = Start("last", _ => { });
        return await rows;

        ToolProcess Start(string actor, Action<string> take) =>
            new(_folder.Path, ["actor", "--url", server.Url, "--job", name, "--pool", "local", "--name", actor, "--json"], take);

        static void TellWhenBegun(string line, TaskCompletionSource began)
        {
            if (line.Contains("began", StringComparison.Ordinal)) began.TrySetResult();
        }
    }

    private LoadedRecipe Load(string output, params string[] changes) => RecipeReader.Load(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"),
    [
        $"output.path={_folder.File(output)}", "prompts.limit=24", "sampling.n=4", "filter.zero_variance=keep", "actors.0.engine.deterministic=true", "actors.0.engine.max_running=8", "batch.groups=1", .. changes,
    ]);

    private static async Task<string[]> RowsAsync(LoadedRecipe loaded, Func<Task> meanwhile)
    {
        await using (var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default)) await Task.WhenAll(job.RunAsync(default), meanwhile());
        return await ComparableRows.ReadAsync(loaded.Recipe.Output.Path);
    }

    /// <summary>Tells when the first group is begun.</summary>
    private sealed class Beginnings : IActorObserver
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task First => _first.Task;

        public void OnJoined(string incarnation)
        {
        }

        public void OnBegan(GroupKey group) => _first.TrySetResult();

        public void OnEnded(GroupKey group)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
