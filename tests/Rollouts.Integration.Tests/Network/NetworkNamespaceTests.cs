using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Network;

/// <summary>A process behind a cable of its own.</summary>
[Trait("Needs", "root")]
public class NetworkNamespaceTests
{
    private const string Echo = "exec 3<>/dev/tcp/$0/$1; while read -r line <&3; do echo \"$line\" >&3; done";

    [Fact(SkipExceptions = [typeof(NetworkNamespaceUnavailableException)])]
    public async Task Cable_PulledAndPlugged_HoldsBackAndDelivers()
    {
        await using var apart = await NetworkNamespace.CreateAsync();
        using var listener = new TcpListener(apart.OutsideAddress, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var process = apart.Start(new("bash", ["-c", Echo, apart.OutsideAddress.ToString(), $"{port}"]));
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        client.Client.RemoteEndPoint.ShouldBeOfType<IPEndPoint>().Address.ToString().ShouldEndWith(apart.InsideAddress.ToString());

        await writer.WriteLineAsync("before");
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("before");
        await apart.PullAsync();
        await writer.WriteLineAsync("during");
        var answer = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        answer.IsCompleted.ShouldBeFalse();
        await apart.PlugAsync();

        (await answer.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("during");
    }

    [Fact(SkipExceptions = [typeof(NetworkNamespaceUnavailableException)])]
    public async Task Dispose_RunningProcess_LeavesNothing()
    {
        var apart = await NetworkNamespace.CreateAsync();
        using var process = apart.Start(new("sleep", ["600"]));

        await apart.DisposeAsync();
        await apart.DisposeAsync();

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await process.WaitForExitAsync(deadline.Token);
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .ShouldNotContain(own => own.Address.Equals(apart.OutsideAddress));
    }
}
