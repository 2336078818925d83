using NATS.Client.Core;
using Rollouts.Actors;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Connects through our connector, with the files that they need.</summary>
internal sealed class ConnectAttempts : IDisposable
{
    /// <summary>Where the files are.</summary>
    public TemporaryFolder Folder { get; } = new();

    public static Task<NatsConnection> OpenAsync(NatsSettings settings) => NatsConnector.OpenAsync(settings, "test", "inbox", TestContext.Current.CancellationToken);

    /// <summary>Kind and message of a refusal. With all its causes it holds no line of a secret file.</summary>
    public async Task<(NatsConnectProblem Problem, string Message)> ProblemAsync(NatsSettings settings)
    {
        var problem = await Should.ThrowAsync<NatsConnectException>(() => OpenAsync(settings with { ConnectDeadline = TimeSpan.FromSeconds(1) }));
        foreach (var secret in Secrets()) problem.ToString().ShouldNotContain(secret);
        return (problem.Problem, problem.Message);
    }

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string File(string name, string content)
    {
        System.IO.File.WriteAllText(Path(name), content);
        return Path(name);
    }

    public string Path(string name) => Folder.File(name);

    public void Dispose() => Folder.Dispose();

    private IEnumerable<string> Secrets() => Directory.GetFiles(Folder.Path).Where(file => !file.EndsWith(".pem", StringComparison.Ordinal))
        .SelectMany(System.IO.File.ReadAllLines).Where(line => line.Length > 6 && !line.StartsWith('-'));
}
