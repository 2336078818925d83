using System.Diagnostics;
using System.Net.Sockets;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Network;

/// <summary>How connections end and do not end, as plain sockets see it.</summary>
public class FaultProxyEndTests
{
    private static readonly byte[] Word = "0123456789"u8.ToArray();

    [Fact]
    public async Task ResetAll_Connection_IsResetOnBothSides()
    {
        await using var sockets = await Sockets.ConnectAsync();

        sockets.Proxy.ResetAll();

        (await Sockets.EndsByResetAsync(sockets.Client)).ShouldBeTrue();
        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBeTrue();
    }

    [Fact]
    public async Task Drop_OneDirection_LosesBytesInSilenceAndHealingResets()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = DirectionFaults.Dropping };

        await Sockets.SendAsync(sockets.Client, Word);
        await Sockets.PassAsync(sockets.Server, sockets.Client, Word);
        sockets.Server.Available.ShouldBe(0);
        sockets.Proxy.Heal();

        (await Sockets.EndsByResetAsync(sockets.Client)).ShouldBeTrue();
        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBeTrue();
    }

    [Fact]
    public async Task Drop_Close_IsNotToldEither()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = LinkFaults.Silence;

        sockets.Client.Dispose();
        await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        await Sockets.SendAsync(sockets.Server, Word);
        sockets.Proxy.Heal();

        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBeTrue();
    }

    [Fact]
    public async Task CloseDelay_Close_ComesLate()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = new() { CloseDelay = TimeSpan.FromMilliseconds(150) } };
        var clock = Stopwatch.StartNew();

        sockets.Client.Shutdown(SocketShutdown.Send);

        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBeFalse();
        clock.ElapsedMilliseconds.ShouldBeGreaterThanOrEqualTo(149);
    }

    [Theory]
    [InlineData(NewConnections.Reset)]
    [InlineData(NewConnections.Ignore)]
    public async Task NewConnections_UnderAFault_ReachNobody(NewConnections fate)
    {
        await using var sockets = Sockets.Listen();
        sockets.Proxy.Faults = new() { New = fate };
        var ending = ConnectAndEndAsync(sockets);

        if (fate == NewConnections.Ignore)
        {
            while (sockets.Proxy.NumConnections == 0) await Task.Delay(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            ending.IsCompleted.ShouldBeFalse();
            sockets.Proxy.Heal();
        }

        (await ending).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HalfOpen_OneSideLost_TheOtherIsNotTold(bool target)
    {
        await using var sockets = await Sockets.ConnectAsync();
        var (lost, left) = target ? (sockets.Server, sockets.Client) : (sockets.Client, sockets.Server);

        if (target) sockets.Proxy.LoseTarget();
        else sockets.Proxy.LoseClients();

        (await Sockets.EndsByResetAsync(lost)).ShouldBeTrue();
        for (var i = 0; i < 3; i++) await Sockets.SendAsync(left, Word);
        var ending = Sockets.EndsByResetAsync(left);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        ending.IsCompleted.ShouldBeFalse();
        sockets.Proxy.Heal();
        (await ending).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limit_InTheMiddleOfAMessage_EndsTheConnectionThere(bool byReset)
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = new() { LimitBytes = 4, LimitByReset = byReset } };

        await Sockets.SendAsync(sockets.Client, Word);

        if (!byReset) (await Sockets.ReceiveAsync(sockets.Server, Word.Length)).Bytes.ShouldBe(Word[..4]);
        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBe(byReset);
    }

    // Where the reset comes fast, connecting itself reports it.
    private static async Task<bool> ConnectAndEndAsync(Sockets sockets)
    {
        try
        {
            await sockets.Client.ConnectAsync(sockets.Proxy.Address);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }

        return await Sockets.EndsByResetAsync(sockets.Client);
    }
}
