using System.Diagnostics;
using System.Text.Json.Nodes;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Integration.Tests.Nats.Campaigns;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.SlowConsumers;

/// <summary>A driver that does not read for a while, whatever comes: nothing is lost, and what it missed is counted.</summary>
[Trait("Needs", "nats")]
public sealed class SlowDriverTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly CampaignJob _job = new(60) { Siblings = 8, TokensPerSecond = 400 };
    private readonly List<Process> _processes = [];

    /// <summary>The server keeps all for it, and it finds more than it can hold when it wakes: what it is too slow for is lost, counted, and asked again.</summary>
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Driver_SleepsThroughMoreQuestionsThanItHolds_IsWhole()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _job.Folder.File("streams") });

        var transport = await RunAsync(server, flood: 150_000);

        // How many it lost depends on how fast it is beside who asks.
        transport["dropped"].ShouldNotBeNull();
    }

    /// <summary>The server cuts off who does not read: what was on its way to it comes again.</summary>
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Driver_CutOffAsASlowConsumer_ComesBackAndIsWhole()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _job.Folder.File("streams"), Settings = new() { ["max_pending"] = 1 << 20, ["write_deadline"] = "1s" } });

        var transport = await RunAsync(server, flood: 100_000);

        server.Log.ShouldContain("Slow Consumer Detected");
        transport["reconnects"]!.GetValue<long>().ShouldBeGreaterThan(0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _job.Dispose();
    }

    /// <summary>A run whose driver sleeps through a flood of questions, and through the end of what its actors run.</summary>
    /// <returns>The summary's counters.</returns>
    private async Task<JsonNode> RunAsync(NatsServer server, int flood)
    {
        await _job.WriteAsync(server.Url);
        for (var i = 0; i < 2; i++) _processes.Add(Tool.Start(_job.Folder.Path, ["actor", "--url", server.Url, "--job", CampaignJob.Name, "--pool", CampaignJob.Pool, "--name", $"actor-{i}"]));
        var driver = Tool.Start(_job.Folder.Path, ["run", "job.yaml", "--json"]);
        _processes.Add(driver);
        var (output, error) = (driver.StandardOutput.ReadToEndAsync(), driver.StandardError.ReadToEndAsync());
        while (!Directory.Exists(_job.Folder.File("out")) || !Directory.EnumerateFiles(_job.Folder.File("out"), "*.parquet", SearchOption.AllDirectories).Any()) await Task.Delay(TimeSpan.FromMilliseconds(50));

        Signals.Stop(driver.Id);
        await FloodAsync(server, flood);
        await Task.Delay(CampaignJob.Lease);
        Signals.Continue(driver.Id);

        using var deadline = new CancellationTokenSource(Patience);
        await driver.WaitForExitAsync(deadline.Token);
        driver.ExitCode.ShouldBe(0, await error);
        _job.ShouldBeWhole();
        return JsonNode.Parse((await output).Trim().Split('\n')[^1])!["transport"]!;
    }

    private static async Task FloodAsync(NatsServer server, int number)
    {
        await using var asker = await NatsConnector.OpenAsync(new NatsSettings { Url = server.Url }, "flood", "flood", CancellationToken.None);
        var question = Wire.Encode(new GroupQuestion(new string('0', 32), "nobody", "nobody"));
        for (var i = 0; i < number; i++) await asker.PublishAsync(new JobNames(CampaignJob.Name).Questions, question, replyTo: "nobody.listens");
        await asker.PingAsync();
    }
}
