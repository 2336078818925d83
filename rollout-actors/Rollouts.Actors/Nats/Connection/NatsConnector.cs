using System.Net.Sockets;
using System.Threading.Channels;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Rollouts.Actors.Nats;

namespace Rollouts.Actors;

/// <summary>Opens connections to NATS, all with the same options.</summary>
/// <remarks>
/// What a connection promises to its users:
/// <list type="bullet">
/// <item>A peer that has vanished is noticed within 3 s (pings), and reconnecting goes on for ever, also past refusals: a server that restarts may know its accounts a little later than its clients.</item>
/// <item>While it is disconnected, a publish or request waits at most <see cref="CommandTimeout"/> and then throws, as an <see cref="OperationCanceledException"/> of no caller's token: translate it (it would silently drop a message inside a dataflow block).</item>
/// <item>A publish in core NATS that was under way when the line broke may be lost; what must not be lost is published to JetStream and acknowledged.</item>
/// <item>A core subscription whose reader is <see cref="PendingMessages"/> messages behind loses the newest; <see cref="ConnectionCounters"/> has their number. Waiting instead would stop the one
/// loop that reads the socket, so that a handler that awaits a reply on the same connection would wait for ever, and pings would go unanswered. JetStream deliveries are bounded by what was asked for, and never dropped.</item>
/// </list>
/// </remarks>
public static class NatsConnector
{
    /// <summary>Messages that a core subscription holds for its reader.</summary>
    public const int PendingMessages = 65_536;

    /// <summary>How long a publish waits for a connection that is lost.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);

    private const int NoJetStreamForAccount = 10039;
    private const int NoJetStreamOnServer = 10076;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A connection that has had an answer from the server. While no server is there it tries again, until <see cref="NatsSettings.ConnectDeadline"/>.</summary>
    /// <param name="clientName">How the server's own reports name this client.</param>
    /// <param name="inboxPrefix">Where replies to this client go: the subject that its permissions must let it subscribe to.</param>
    /// <exception cref="NatsConnectException">There is none: one line, without secrets.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<NatsConnection> OpenAsync(NatsSettings settings, string clientName, string inboxPrefix, CancellationToken cancellationToken)
    {
        NatsSettingsRules.Require(settings);
        var tls = new NatsTls(settings);
        tls.RequireFiles();
        var options = Options(settings, tls, NatsCredentials.Read(settings) is not null) with { Name = clientName, InboxPrefix = inboxPrefix };
        var faults = new ConnectFaults(settings, tls, TimeProvider.System);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.ConnectDeadline);
        while (true)
        {
            var (connection, problem) = await TryAsync(options, faults, deadline.Token);
            if (connection is not null) return connection;
            cancellationToken.ThrowIfCancellationRequested();
            if (!problem!.MayPass) throw problem;
            if (deadline.IsCancellationRequested) throw await SilentServer.DiagnoseAsync(settings, problem, cancellationToken);
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Asks whether this connection's account may use JetStream.</summary>
    /// <exception cref="NatsConnectException">It may not.</exception>
    public static Task RequireJetStreamAsync(NatsConnection connection, NatsSettings settings, CancellationToken cancellationToken) =>
        ServerFaults.ToldAsync(
            connection, settings, () => Patiently.DoAsync(() => JetStreamAsync(connection, cancellationToken), settings.ConnectDeadline, TimeProvider.System, cancellationToken), cancellationToken);

    private static async Task JetStreamAsync(NatsConnection connection, CancellationToken cancellationToken)
    {
        var server = $"The NATS server {connection.ServerInfo?.Name} (nats-server {connection.ServerInfo?.Version})";
        if (connection.ServerInfo?.JetStreamAvailable is not true) throw NoJetStream($"{server} runs without JetStream; start it with -js or a jetstream block");
        try
        {
            await new NatsJSContext(connection).GetAccountInfoAsync(cancellationToken);
        }
        catch (NatsJSApiException refused) when (refused.Error.ErrCode is NoJetStreamForAccount or NoJetStreamOnServer)
        {
            throw NoJetStream($"{server} has no JetStream for this user's account; give the account a jetstream block, or its JWT JetStream limits");
        }
    }

    private static async Task<(NatsConnection? Connection, NatsConnectException? Problem)> TryAsync(NatsOpts options, ConnectFaults faults, CancellationToken deadline)
    {
        var connection = new WatchedConnection(options);
        try
        {
            await connection.ConnectAsync().AsTask().WaitAsync(deadline);
            await connection.PingAsync(deadline);
            return (connection, null);
        }
        catch (Exception fault) when (fault is NatsException or IOException or SocketException or TimeoutException or OperationCanceledException)
        {
            var problem = faults.Describe(fault, connection.ServerInfo);
            await connection.DisposeAsync();
            return (null, problem);
        }
    }

    private static NatsOpts Options(NatsSettings settings, NatsTls tls, bool hasCredentials) => new()
    {
        Url = string.Join(',', settings.Url.Split(',', StringSplitOptions.TrimEntries)),
        TlsOpts = tls.ToOptions(),
        AuthOpts = hasCredentials ? new() { AuthCredCallback = (_, _) => ValueTask.FromResult(NatsCredentials.Read(settings)!.Login) } : NatsAuthOpts.Default,
        PingInterval = TimeSpan.FromSeconds(1),
        MaxPingOut = 2,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        ReconnectJitter = TimeSpan.FromMilliseconds(100),
        MaxReconnectRetry = -1,
        IgnoreAuthErrorAbort = true,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        RequestTimeout = TimeSpan.FromSeconds(10),
        CommandTimeout = CommandTimeout,
        PublishTimeoutOnDisconnected = true,
        SubPendingChannelCapacity = PendingMessages,
        SubPendingChannelFullMode = BoundedChannelFullMode.DropNewest,
        DrainSubscriptionsOnDispose = true,
        DrainPingTimeout = TimeSpan.FromSeconds(1),
    };

    private static NatsConnectException NoJetStream(string message) => new(NatsConnectProblem.NoJetStream, message);
}
