namespace Rollouts.Kernels.Tests;

/// <summary>Paged attention over odd shapes and shuffled blocks, against softmax over the whole sequence in double.</summary>
public unsafe class PagedAttentionTests
{
    public static TheoryData<ElementType, bool> Paths => ElementKernelTests.Paths;

    [Theory]
    [MemberData(nameof(Paths))]
    public void Run_OddShapes_IsDenseAttention(ElementType type, bool wide)
    {
        var random = new Random(4);
        for (var trial = 0; trial < 60; trial++)
        {
            var (group, kvHeads, size, blockSize) = (1 + random.Next(8), 1 + random.Next(3), 1 + random.Next(130), new[] { 1, 3, 16 }[random.Next(3)]);
            var length = 1 + random.Next(trial % 3 == 0 ? 300 : 40);
            var head = random.Next(kvHeads);
            var numBlocks = (length + blockSize - 1) / blockSize + 2;
            using var keys = Operand.Random(type, numBlocks * kvHeads * blockSize * size, random);
            using var values = Operand.Random(type, numBlocks * kvHeads * blockSize * size, random);
            using var query = Operand.Random(type, group * size, random, 2);
            using var output = Operand.Poisoned(type, group * size);
            int[] blocks = [.. Enumerable.Range(0, numBlocks).OrderBy(_ => random.Next())];
            var kv = new PagedKv(keys.Address, values.Address, type, kvHeads, size, blockSize);

            fixed (int* table = blocks) Run(wide, kv, head, group, query.Address, output.Address, table, length, 0.3f);

            output.ShouldBe(Dense(kv, head, group, query.Values(), keys.Values(), values.Values(), blocks, length, 0.3));
        }
    }

    private static void Run(bool wide, in PagedKv kv, int head, int group, nint query, nint output, int* table, int length, float scale)
    {
        if (kv.Type == ElementType.Float32 && wide) PagedAttention.Run<Float32, Lanes512>(kv, head, group, (Float32*)query, (Float32*)output, table, length, scale);
        else if (kv.Type == ElementType.Float32) PagedAttention.Run<Float32, Lanes256>(kv, head, group, (Float32*)query, (Float32*)output, table, length, scale);
        else if (wide) PagedAttention.Run<BFloat16, Lanes512>(kv, head, group, (BFloat16*)query, (BFloat16*)output, table, length, scale);
        else PagedAttention.Run<BFloat16, Lanes256>(kv, head, group, (BFloat16*)query, (BFloat16*)output, table, length, scale);
    }

    private static double[] Dense(PagedKv kv, int head, int group, float[] query, float[] keys, float[] values, int[] blocks, int length, double scale)
    {
        int Tile(int token) => (blocks[token / kv.BlockSize] * kv.NumHeads + head) * kv.BlockSize * kv.HeadSize;
        float Key(int token, int i) => keys[Tile(token) + i * kv.BlockSize + token % kv.BlockSize];
        float Value(int token, int i) => values[Tile(token) + token % kv.BlockSize * kv.HeadSize + i];
        var output = new double[group * kv.HeadSize];
        for (var g = 0; g < group; g++)
        {
            double[] scores = [.. Enumerable.Range(0, length).Select(t => scale * Enumerable.Range(0, kv.HeadSize).Sum(i => (double)query[g * kv.HeadSize + i] * Key(t, i)))];
            double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
            for (var i = 0; i < kv.HeadSize; i++)
                output[g * kv.HeadSize + i] = Enumerable.Range(0, length).Sum(t => weights[t] * Value(t, i)) / weights.Sum();
        }

        return output;
    }
}
