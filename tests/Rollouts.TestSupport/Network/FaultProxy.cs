using System.Net;
using System.Net.Sockets;

namespace Rollouts.TestSupport.Network;

/// <summary>A TCP proxy between a client and a server that makes the network between them bad, for connections that are there and for new ones.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly IPEndPoint _target;
    private readonly int _seed;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<ProxiedConnection> _connections = [];   // guarded by itself
    private readonly Task _accepting;
    private volatile LinkFaults _faults = LinkFaults.None;

    private FaultProxy(Socket listener, IPEndPoint target, int seed)
    {
        (_listener, _target, _seed) = (listener, target, seed);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Connections that were taken since the start.</summary>
    public int NumAccepted { get; private set; }

    /// <summary>Connections that are there now.</summary>
    public int NumConnections
    {
        get { lock (_connections) return _connections.Count; }
    }

    /// <summary>What the link suffers from now on.</summary>
    public LinkFaults Faults
    {
        get => _faults;
        set
        {
            _faults = value;
            Each(connection => connection.Adapt(value));
        }
    }

    /// <summary>Listens on a free port.</summary>
    /// <param name="target">Where connections go.</param>
    /// <param name="seed">Of jitter and slices.</param>
    /// <param name="address">Where it listens; default the loopback.</param>
    public static FaultProxy Start(IPEndPoint target, int seed, IPAddress? address = null)
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0));
        listener.Listen();
        return new(listener, target, seed);
    }

    /// <summary>All is well again. Connections that have lost bytes are reset.</summary>
    public void Heal() => Faults = LinkFaults.None;

    /// <summary>Resets every connection (RST, both sides).</summary>
    public void ResetAll() => Each(connection => connection.Reset());

    /// <summary>The target loses every connection (RST); clients are told nothing, and what they send vanishes, until healing resets them too.</summary>
    public void LoseTarget() => Each(connection => connection.LoseTarget());

    /// <summary>Clients lose every connection (RST); the target is told nothing, and what it sends vanishes, until healing resets it too.</summary>
    public void LoseClients() => Each(connection => connection.LoseClient());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        ResetAll();
        await _accepting;
        Task[] running;
        lock (_connections) running = [.. _connections.Select(connection => connection.Completion)];
        await Task.WhenAll(running);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Take(await _listener.AcceptAsync(_stopping.Token));
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // A client that left before it was taken, or the end.
            }
        }
    }

    private void Take(Socket client)
    {
        var random = new Random(HashCode.Combine(_seed, NumAccepted++));
        var connection = new ProxiedConnection(client, this, random, _stopping.Token);
        lock (_connections) _connections.Add(connection);
        connection.Start(_target, () =>
        {
            lock (_connections) _connections.Remove(connection);
        });
    }

    private void Each(Action<ProxiedConnection> act)
    {
        ProxiedConnection[] connections;
        lock (_connections) connections = [.. _connections];
        foreach (var connection in connections) act(connection);
    }
}
