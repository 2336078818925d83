using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The processes of a job, each with a user of its own; none outlives the test.</summary>
internal sealed partial class SecuredJob : IAsyncDisposable
{
    private readonly ConcurrentBag<(Process Process, Task<string> Said)> _started = [];

    /// <summary>Where everything lies.</summary>
    public TemporaryFolder Folder { get; } = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, said) in _started)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await said;
            process.Dispose();
        }

        Folder.Dispose();
    }

    /// <summary>Where the server keeps its streams.</summary>
    public string Streams() => Directory.CreateDirectory(Folder.File("streams")).FullName;

    /// <summary>A recipe that takes some seconds, and a password file for every user.</summary>
    public string Recipe(string transport)
    {
        foreach (var user in new[] { "math", "chat", "math_driver", "math_actor", "math_node", "math_viewer", "math_operator", "chat_actor" })
            File.WriteAllText(Folder.File(user), SecurityDocument.Password(user));
        var recipes = Path.Combine(Fixtures.Root, "recipes");
        File.WriteAllText(Folder.File("job.yaml"), $$"""
            name: math
            model: { path: {{recipes}}/models/tiny-arithmetic }
            prompts: { path: {{recipes}}/data/arithmetic.jsonl, text: question, id: id, limit: 32, epochs: 3 }
            sampling: { n: 4, max_tokens: 32, seed: 17 }
            actors: [ { name: pool, replicas: 2, engine: { kind: synthetic, max_running: 8, tokens_per_second: 100, median_tokens: 24, p99_tokens: 32 } } ]
            filter: { zero_variance: keep }
            transport: {{transport}}
            output: { path: {{Folder.File("out")}}, seal_after: 500ms }
            """);
        return Folder.File("job.yaml");
    }

    public (Process Process, Task<string> Said) StartAs(string user, string url, params string[] arguments) =>
        Start([.. arguments, "--url", url, "--user", user, "--password-file", Folder.File(user)]);

    public (Process Process, Task<string> Said) Start(params string[] arguments)
    {
        var process = Tool.Start(Folder.Path, arguments);
        var started = (process, SaidAsync(process));
        _started.Add(started);
        return started;
    }

    public Task<string> RunAsAsync(string user, string url, params string[] arguments) => EndAsync(StartAs(user, url, arguments));

    public Task<string> PsAsync(string url) => RunAsAsync("math_viewer", url, "ps", "--json");

    private static async Task<string> SaidAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        return await output + await error;
    }

    public static async Task<string> EndAsync((Process Process, Task<string> Said) started, int code = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await started.Process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!started.Process.HasExited) started.Process.Kill();
        await started.Process.WaitForExitAsync(CancellationToken.None);
        var said = await started.Said;
        started.Process.ExitCode.ShouldBe(code, said);
        return said;
    }

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
    }

    /// <summary>Neither in what anybody printed, nor in the server's log, nor in any file but the users' own.</summary>
    public async Task RequireNoSecretAsync(NatsServer server)
    {
        foreach (var (process, said) in _started)
            if (process.HasExited) Secret().IsMatch(await said).ShouldBeFalse();
        Secret().IsMatch(server.Log).ShouldBeFalse();
        foreach (var file in Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories).Where(file => Path.GetDirectoryName(file) != Folder.Path))
            Secret().IsMatch(await File.ReadAllTextAsync(file)).ShouldBeFalse(file);
    }

    [GeneratedRegex("secret-of|BEGIN (EC )?PRIVATE KEY")]
    private static partial Regex Secret();
}
