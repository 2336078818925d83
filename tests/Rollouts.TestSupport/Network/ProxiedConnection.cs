using System.Net;
using System.Net.Sockets;

namespace Rollouts.TestSupport.Network;

/// <summary>One connection through a proxy: two sockets and two directions.</summary>
internal sealed class ProxiedConnection
{
    private readonly Socket _client;
    private readonly Socket _target = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly FaultProxy _proxy;
    private readonly Random _random;
    private readonly CancellationTokenSource _ending;
    private readonly TaskCompletionSource _completion = new();
    private volatile bool _isLossy;

    public ProxiedConnection(Socket client, FaultProxy proxy, Random random, CancellationToken stopping)
    {
        (_client, _proxy, _random) = (client, proxy, random);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    /// <summary>The client's end was lost without the target being told.</summary>
    public bool ClientIsLost { get; private set; }

    /// <summary>The target's end was lost without the client being told.</summary>
    public bool TargetIsLost { get; private set; }

    /// <summary>Ends with the connection; never faults.</summary>
    public Task Completion => _completion.Task;

    public void Start(IPEndPoint target, Action ended) => _ = RunAsync(target, ended);

    /// <summary>New faults: what has lost bytes ends as soon as bytes are no longer lost.</summary>
    public void Adapt(LinkFaults faults)
    {
        if (_isLossy && !faults.ToTarget.Drop && !faults.ToClient.Drop && faults.New != NewConnections.Ignore) Reset();
    }

    /// <summary>Ends both sides by RST.</summary>
    public void Reset()
    {
        Reset(_client);
        Reset(_target);
        _ending.Cancel();
    }

    /// <summary>Ends both sides by FIN.</summary>
    public void Close()
    {
        _client.Shutdown(SocketShutdown.Send);
        _target.Shutdown(SocketShutdown.Send);
        _ending.Cancel();
    }

    public void LoseTarget()
    {
        _isLossy = TargetIsLost = true;
        Reset(_target);
    }

    public void LoseClient()
    {
        _isLossy = ClientIsLost = true;
        Reset(_client);
    }

    public void MarkLossy() => _isLossy = true;

    private async Task RunAsync(IPEndPoint target, Action ended)
    {
        try
        {
            await ForwardAsync(target);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            if (!_ending.IsCancellationRequested && !_isLossy) Reset();   // the target is not there
        }

        if (_isLossy) await Task.Delay(Timeout.InfiniteTimeSpan, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Nothing is pending here any more, so that what was written and the FIN after it still go out.
        _client.Dispose();
        _target.Dispose();
        ended();
        _completion.SetResult();
    }

    private async Task ForwardAsync(IPEndPoint target)
    {
        if (_proxy.Faults.New == NewConnections.Reset) Reset();
        if (_proxy.Faults.New == NewConnections.Ignore) _isLossy = true;   // until healing resets it
        if (_isLossy || _ending.IsCancellationRequested) return;
        await _target.ConnectAsync(target, _ending.Token);
        _client.NoDelay = _target.NoDelay = true;
        var toTarget = new ProxiedDirection(_client, _target, this, () => _proxy.Faults.ToTarget, () => ClientIsLost, () => TargetIsLost, new Random(_random.Next()));
        var toClient = new ProxiedDirection(_target, _client, this, () => _proxy.Faults.ToClient, () => TargetIsLost, () => ClientIsLost, new Random(_random.Next()));
        await Task.WhenAll(toTarget.RunAsync(_ending.Token), toClient.RunAsync(_ending.Token));
    }

    // Closing with a linger time of zero makes the kernel send RST.
    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }
}
