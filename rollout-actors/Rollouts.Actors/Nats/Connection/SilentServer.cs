using System.Net.Sockets;
using System.Text;

namespace Rollouts.Actors;

/// <summary>Finds out why no NATS server answers: the client itself keeps the reason to its log.</summary>
internal static class SilentServer
{
    private const int DefaultPort = 4222;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>One more connect to the first of the servers, by hand: a NATS server greets at once, with INFO.</summary>
    public static async Task<NatsConnectException> DiagnoseAsync(NatsSettings settings, NatsConnectException problem, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var server = new Uri(settings.Url.Split(',')[0].Trim());
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(server.Host.Trim('[', ']'), server.Port < 0 ? DefaultPort : server.Port, patience.Token);
            return Judge(settings, problem, await GreetingAsync(client, patience.Token));
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reason = (fault as SocketException ?? fault.InnerException as SocketException)?.Message ?? "no answer in time";
            return Unreachable(settings, reason, problem);
        }
    }

    private static async Task<string> GreetingAsync(TcpClient client, CancellationToken deadline)
    {
        var bytes = new byte[5];
        var count = await client.GetStream().ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, deadline);
        return Encoding.ASCII.GetString(bytes, 0, count);
    }

    private static NatsConnectException Judge(NatsSettings settings, NatsConnectException problem, string greeting) => greeting switch
    {
        "INFO " => problem,   // it is there by now, or failed later: what the client said stands
        "" => Unreachable(settings, "the connection is closed at once", problem),
        _ => new(NatsConnectProblem.Refused, $"What answers at {settings.Address} is no NATS server; correct transport.url", problem),
    };

    private static NatsConnectException Unreachable(NatsSettings settings, string reason, Exception problem) =>
        new(NatsConnectProblem.Unreachable, $"No NATS server answers at {settings.Address} ({reason}); start one there, or correct transport.url", problem);
}
