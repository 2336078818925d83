namespace Rollouts.Kernels.Tests;

/// <summary>Sums over ranks whose devices see each other's memory, against the CPU's sum, which also goes in rank order.</summary>
public class AllReduceCudaTests
{
    [Theory]
    [InlineData(2, 8, ElementType.BFloat16, true)]
    [InlineData(2, 4104, ElementType.Float32, true)]
    [InlineData(3, 24, ElementType.BFloat16, true)]
    [InlineData(3, 264, ElementType.Float16, false)]
    public void Run_SimulatedRanks_GiveTheSumInRankOrder(int ranks, int length, ElementType type, bool meets)
    {
        using var peers = PeerRanks.Simulated(ranks, meets);

        SumShouldBeExact(peers, length, type, rounds: 2);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4096)]
    [InlineData(256 * 4096)]
    public void Run_TwoRanksOfOneGpu_MeetOnTheDevice(int length)
    {
        Assert.SkipWhen(CudaDevice.Count == 0, "no GPU here");
        using var peers = PeerRanks.OnOneGpu(2);

        SumShouldBeExact(peers, length, ElementType.BFloat16, rounds: 1);
        SumShouldBeExact(peers, length, ElementType.BFloat16, rounds: 50);

        peers.Members.ShouldAllBe(m => !m.HasFailed);
    }

    [Fact]
    public void Run_ARankThatDoesNotCome_EndsTheWait()
    {
        using var peers = PeerRanks.Simulated(2, meets: true, maxLooks: 4096);
        var (memory, tables) = peers.Share(ElementType.Float32, [new float[8], new float[8]]);

        using var sum = DeviceOperand.Poisoned(peers.Members[0].Device, ElementType.Float32, 8);
        AllReduce.Run(peers.Members[0], tables[0], sum.Address, ElementType.Float32, 8);

        peers.Members[0].HasFailed.ShouldBeTrue();
        foreach (var piece in memory) piece.Dispose();
    }

    [Fact]
    public void Run_ARankThatWasSaidToHaveFailed_EndsTheWait()
    {
        using var peers = PeerRanks.Simulated(2, meets: true);
        var (memory, tables) = peers.Share(ElementType.Float32, [new float[8], new float[8]]);
        peers.Members[0].Stop();

        using var sum = DeviceOperand.Poisoned(peers.Members[0].Device, ElementType.Float32, 8);
        AllReduce.Run(peers.Members[0], tables[0], sum.Address, ElementType.Float32, 8);

        foreach (var piece in memory) piece.Dispose();
    }

    [Theory]
    [InlineData(2, 3, 24, 40)]
    [InlineData(3, 5, 16, 41)]
    public void Gather_SimulatedRanks_PutColumnsSideBySide(int ranks, int rows, int rankColumns, int columns)
    {
        using var peers = PeerRanks.Simulated(ranks, meets: true);
        var (type, stride, random) = (ElementType.BFloat16, (columns + 7) / 8 * 8, new Random(5));
        var parts = Enumerable.Range(0, ranks).Select(_ => Enumerable.Range(0, rows * rankColumns).Select(_ => (float)random.Next(100)).ToArray()).ToArray();
        var (memory, tables) = peers.Share(type, parts);
        var wholes = peers.Members.Select(m => DeviceOperand.Poisoned(m.Device, type, rows * stride)).ToArray();

        peers.OnEach(rank => AllGather.Run(peers.Members[rank], tables[rank], wholes[rank].Address, type, rows, rankColumns, columns, rankColumns, stride));

        foreach (var whole in wholes)
        {
            var values = whole.Values();
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++) values[row * stride + column].ShouldBe(parts[column / rankColumns][row * rankColumns + column % rankColumns]);
            whole.Dispose();
        }

        foreach (var piece in memory) piece.Dispose();
    }

    private static unsafe void SumShouldBeExact(PeerRanks peers, int length, ElementType type, int rounds)
    {
        var (ranks, random) = (peers.Members.Count, new Random(length));
        var values = Enumerable.Range(0, ranks).Select(_ => Enumerable.Range(0, length).Select(_ => (float)random.Next(-64, 64)).ToArray()).ToArray();
        var (memory, tables) = peers.Share(type, values);
        var sums = peers.Members.Select(m => DeviceOperand.Poisoned(m.Device, type, length)).ToArray();

        peers.OnEach(rank =>
        {
            for (var round = 0; round < rounds; round++) AllReduce.Run(peers.Members[rank], tables[rank], sums[rank].Address, type, length);
        });

        var expected = Enumerable.Range(0, length).Select(i => values.Sum(v => v[i])).ToArray();
        foreach (var sum in sums)
        {
            sum.Values().ShouldBe(expected);
            sum.Dispose();
        }

        foreach (var piece in memory) piece.Dispose();
    }
}
