using System.Net;
using System.Net.Sockets;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Network;

/// <summary>A client and a server of plain sockets with a proxy between them.</summary>
internal sealed class Sockets : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Socket _listener;

    private Sockets(Socket listener, FaultProxy proxy) => (_listener, Proxy) = (listener, proxy);

    public FaultProxy Proxy { get; }

    /// <summary>The end that connected.</summary>
    public Socket Client { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The end that accepted.</summary>
    public Socket Server { get; private set; } = null!;

    /// <summary>Both ends, and a proxy that does nothing yet.</summary>
    public static async Task<Sockets> ConnectAsync(int seed = 1)
    {
        var sockets = Listen(seed);
        await sockets.Client.ConnectAsync(sockets.Proxy.Address);
        sockets.Server = await sockets._listener.AcceptAsync().WaitAsync(Patience);
        sockets.Server.NoDelay = true;
        return sockets;
    }

    /// <summary>A server and its proxy, without a connection.</summary>
    public static Sockets Listen(int seed = 1)
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return new(listener, FaultProxy.Start((IPEndPoint)listener.LocalEndPoint!, seed));
    }

    public static async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent));
    }

    /// <summary>So many bytes, or fewer where it ends before.</summary>
    public static async Task<(byte[] Bytes, int NumReads)> ReceiveAsync(Socket socket, int count)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var (bytes, received, reads) = (new byte[count], 0, 0);
        while (received < count)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(received), deadline.Token);
            if (read == 0) break;
            (received, reads) = (received + read, reads + 1);
        }

        return (bytes[..received], reads);
    }

    /// <summary>Sends at one end and receives at the other.</summary>
    public static async Task PassAsync(Socket from, Socket to, byte[] bytes)
    {
        await SendAsync(from, bytes);
        (await ReceiveAsync(to, bytes.Length)).Bytes.ShouldBe(bytes);
    }

    /// <summary>How the stream ends: true by a reset, false by a close.</summary>
    public static async Task<bool> EndsByResetAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            var one = new byte[1];
            while (await socket.ReceiveAsync(one, deadline.Token) > 0) continue;
            return false;
        }
        catch (SocketException reset)
        {
            reset.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Server?.Dispose();
        _listener.Dispose();
        await Proxy.DisposeAsync();
    }
}
