namespace Rollouts.Kernels.Tests;

/// <summary>Paged keys and values laid out in rows of tokens.</summary>
[Collection(KernelDeviceCollection.Name)]
public class KvGatherTests(KernelDevices devices)
{
    private const int KvHeads = 2, Size = 24, Stride = 4;

    [Fact]
    public void Gather_SequencesOfOddLengths_LaysEveryTokenInItsRow()
    {
        int[] lengths = [1, 16, 37, 15], table = [.. Enumerable.Range(0, 4 * Stride).Select(i => i * 7 % 16)];
        int[] starts = [0, 1, 17, 54, 69], sequences = [3, 0, 2, 1];
        foreach (var device in devices.All)
        {
            using var keys = DeviceOperand.Random(device, ElementType.BFloat16, 16 * KvHeads * 16 * Size, new Random(1));
            using var values = DeviceOperand.Random(device, ElementType.BFloat16, 16 * KvHeads * 16 * Size, new Random(2));
            using var tables = DeviceOperand.Integers(device, table);
            using var startsThere = DeviceOperand.Integers(device, starts);
            using var sequencesThere = DeviceOperand.Integers(device, sequences);
            using var keyRows = DeviceOperand.Poisoned(device, ElementType.BFloat16, starts[^1] * KvHeads * Size);
            using var valueRows = DeviceOperand.Poisoned(device, ElementType.BFloat16, starts[^1] * KvHeads * Size);
            var kv = new DevicePagedKv(keys.Address, values.Address, ElementType.BFloat16, KvHeads, Size);

            KvGather.Gather(device, kv, new GatheredRuns(4, lengths.Max(), startsThere.Address, sequencesThere.Address, tables.Address, Stride), keyRows.Address, valueRows.Address);

            keyRows.Values().ShouldBe(Expected(keys.Values(), starts, sequences, table));
            valueRows.Values().ShouldBe(Expected(values.Values(), starts, sequences, table));
        }
    }

    private static float[] Expected(float[] cache, int[] starts, int[] sequences, int[] table)
    {
        var rows = new List<float>();
        for (var s = 0; s < sequences.Length; s++)
            for (var token = 0; token < starts[s + 1] - starts[s]; token++)
                for (var head = 0; head < KvHeads; head++)
                {
                    var block = table[sequences[s] * Stride + token / 16];
                    rows.AddRange(cache.AsSpan(((block * KvHeads + head) * 16 + token % 16) * Size, Size));
                }

        return [.. rows];
    }
}
