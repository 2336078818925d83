using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Rollouts.TestSupport.Nats;

/// <summary>The line INFO {...} that a server says first, before any TLS.</summary>
internal static class NatsGreeting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The name of the server that listens there; null where none greets.</summary>
    public static async Task<string?> ServerNameAsync(IPEndPoint address, CancellationToken deadline)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, patience.Token);
            using var reader = new StreamReader(client.GetStream());
            var line = await reader.ReadLineAsync(patience.Token);
            return line?.StartsWith("INFO ", StringComparison.Ordinal) is true ? JsonNode.Parse(line[5..])?["server_name"]?.GetValue<string>() : null;
        }
        catch (Exception fault) when (fault is SocketException or IOException || (fault is OperationCanceledException && !deadline.IsCancellationRequested))
        {
            return null;
        }
    }
}
