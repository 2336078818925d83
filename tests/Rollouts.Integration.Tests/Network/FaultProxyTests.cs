using System.Diagnostics;
using System.Net.Sockets;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Network;

/// <summary>What bytes suffer, as plain sockets see it. That a fault delays is its meaning, so lower bounds of time are asserted, and no upper ones.</summary>
public class FaultProxyTests
{
    private static readonly byte[] Word = "0123456789"u8.ToArray();

    [Fact]
    public async Task NoFaults_BothDirections_PassBytesAndCloses()
    {
        await using var sockets = await Sockets.ConnectAsync();
        var (up, down) = (RandomBytes(1, (1 << 20) + 7), RandomBytes(2, 70_001));

        var sending = Task.WhenAll(Sockets.SendAsync(sockets.Client, up), Sockets.SendAsync(sockets.Server, down));
        (await Sockets.ReceiveAsync(sockets.Server, up.Length)).Bytes.ShouldBe(up);
        (await Sockets.ReceiveAsync(sockets.Client, down.Length)).Bytes.ShouldBe(down);
        await sending;
        sockets.Client.Shutdown(SocketShutdown.Send);

        (await Sockets.EndsByResetAsync(sockets.Server)).ShouldBeFalse();
        await Sockets.SendAsync(sockets.Server, Word);
        (await Sockets.ReceiveAsync(sockets.Client, Word.Length)).Bytes.ShouldBe(Word);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task HarmlessFaults_InRandomOrder_ChangeNoByte(int seed)
    {
        await using var sockets = await Sockets.ConnectAsync(seed);
        var (random, bytes) = (new Random(seed), RandomBytes(seed, 40_000 + (seed * 7919)));

        var receiving = Sockets.ReceiveAsync(sockets.Server, bytes.Length);
        for (var sent = 0; sent < bytes.Length;)
        {
            var harmless = new DirectionFaults
            {
                Latency = TimeSpan.FromMilliseconds(random.Next(4)), Jitter = TimeSpan.FromMilliseconds(random.Next(4)), Stall = random.Next(3) == 0,
                MaxSliceBytes = random.Next(2) == 0 ? random.Next(1, 999) : null, BytesPerSecond = random.Next(2) == 0 ? 2 << 20 : null,
            };
            sockets.Proxy.Faults = new() { ToTarget = harmless };
            var count = Math.Min(bytes.Length - sent, random.Next(1, 5000));
            await Sockets.SendAsync(sockets.Client, bytes[sent..(sent + count)]);
            sent += count;
        }

        sockets.Proxy.Heal();
        (await receiving).Bytes.ShouldBe(bytes);
    }

    [Fact]
    public async Task LatencyAndJitter_OneDirection_DelayIt()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = new() { Latency = TimeSpan.FromMilliseconds(150), Jitter = TimeSpan.FromMilliseconds(20) } };
        var clock = Stopwatch.StartNew();

        await Sockets.SendAsync(sockets.Client, Word);
        (await Sockets.ReceiveAsync(sockets.Server, Word.Length)).Bytes.ShouldBe(Word);

        clock.ElapsedMilliseconds.ShouldBeGreaterThanOrEqualTo(149);
        await Sockets.PassAsync(sockets.Server, sockets.Client, Word);
    }

    [Fact]
    public async Task Bandwidth_ManyBytes_TakeTheirTime()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToClient = new() { BytesPerSecond = 256 << 10 } };
        var (clock, bytes) = (Stopwatch.StartNew(), RandomBytes(3, 64 << 10));

        await Sockets.SendAsync(sockets.Server, bytes);
        (await Sockets.ReceiveAsync(sockets.Client, bytes.Length)).Bytes.ShouldBe(bytes);

        clock.ElapsedMilliseconds.ShouldBeGreaterThanOrEqualTo(249);
    }

    [Fact]
    public async Task Slices_OneMessage_ArrivesInManyReads()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = new() { MaxSliceBytes = 3, BytesPerSecond = 1000 } };   // so slow that no two slices meet in one read
        var receiving = Sockets.ReceiveAsync(sockets.Server, 100);

        await Sockets.SendAsync(sockets.Client, RandomBytes(4, 100));

        var (bytes, reads) = await receiving;
        bytes.ShouldBe(RandomBytes(4, 100));
        reads.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Stall_ThenHeal_BytesArriveLate()
    {
        await using var sockets = await Sockets.ConnectAsync();
        sockets.Proxy.Faults = new() { ToTarget = new() { Stall = true } };
        await Sockets.SendAsync(sockets.Client, Word);
        await Sockets.PassAsync(sockets.Server, sockets.Client, Word);
        sockets.Server.Available.ShouldBe(0);

        sockets.Proxy.Heal();

        (await Sockets.ReceiveAsync(sockets.Server, Word.Length)).Bytes.ShouldBe(Word);
    }

    private static byte[] RandomBytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
