using System.Collections.Concurrent;
using NATS.Client.Core;
using Rollouts.Actors;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>A client that tries what it may not, and counts what it was told and what it got.</summary>
internal sealed class Intruder : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly NatsConnection _connection;
    private readonly ConcurrentQueue<string> _refusals = [];
    private readonly ConcurrentQueue<string> _received = [];

    private Intruder(NatsConnection connection)
    {
        _connection = connection;
        connection.ServerError += (_, said) =>
        {
            _refusals.Enqueue(said.Error);
            return default;
        };
    }

    public NatsConnection Connection => _connection;

    /// <summary>Subjects of all messages that ever reached it.</summary>
    public string[] Received => [.. _received];

    /// <param name="inbox">Where it may receive replies.</param>
    public static async Task<Intruder> ConnectAsync(NatsServer server, string user, string inbox)
    {
        using var folder = new TestSupport.TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("password"), SecurityDocument.Password(user));
        var settings = new NatsSettings { Url = server.Url, User = user, PasswordFile = folder.File("password") };
        return new(await NatsConnector.OpenAsync(settings, user, inbox, TestContext.Current.CancellationToken));
    }

    /// <summary>Publishes to each subject, with an inbox of its own for replies.</summary>
    /// <returns>Those that the server did not refuse.</returns>
    public async Task<string[]> NotRefusedAsync(IReadOnlyCollection<string> subjects, byte[] body)
    {
        var replies = _connection.NewInbox();
        await ListenAsync(replies);
        foreach (var subject in subjects) await _connection.PublishAsync(subject, body, replyTo: replies);
        return await NotRefusedAsync(subjects);
    }

    /// <summary>Subscribes to each subject; what arrives is counted.</summary>
    /// <returns>Those that the server did not refuse.</returns>
    public async Task<string[]> NotRefusedAsync(IReadOnlyCollection<string> subjects)
    {
        await _connection.PingAsync();
        using var deadline = new CancellationTokenSource(Patience);
        string[] Left() => [.. subjects.Where(subject => !_refusals.Any(refusal => refusal.Contains($"\"{subject}\"", StringComparison.Ordinal)))];
        // What the server said is handed to listeners a little later.
        while (Left().Length > 0 && !deadline.IsCancellationRequested && !(await QuietAsync())) continue;
        return Left();
    }

    public async Task ListenAsync(string subject)
    {
        var subscription = await _connection.SubscribeCoreAsync<byte[]>(subject);
        _ = Task.Run(async () =>
        {
            await foreach (var message in subscription.Msgs.ReadAllAsync()) _received.Enqueue(message.Subject);
        });
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<bool> QuietAsync()
    {
        var before = _refusals.Count;
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        return _refusals.Count == before;
    }
}
