namespace Rollouts.Kernels.Tests;

/// <summary>Attention over latents, odd shapes and shuffled blocks, against softmax over the whole sequence in double.</summary>
public unsafe class PagedLatentAttentionTests
{
    public static TheoryData<ElementType, bool> Paths => ElementKernelTests.Paths;

    [Theory]
    [MemberData(nameof(Paths))]
    public void Run_OddShapes_IsDenseAttention(ElementType type, bool wide)
    {
        var random = new Random(6);
        for (var trial = 0; trial < 40; trial++)
        {
            var (heads, latent, rotary, blockSize) = (1 + random.Next(16), 1 + random.Next(90), 1 + random.Next(40), new[] { 1, 5, 16 }[random.Next(3)]);
            var length = 1 + random.Next(trial % 3 == 0 ? 300 : 40);
            var numBlocks = (length + blockSize - 1) / blockSize + 2;
            using var rows = Operand.Random(type, numBlocks * blockSize * (latent + rotary), random);
            using var query = Operand.Random(type, heads * (latent + rotary), random, 2);
            using var output = Operand.Poisoned(type, heads * latent);
            int[] blocks = [.. Enumerable.Range(0, numBlocks).OrderBy(_ => random.Next())];
            var latents = new PagedLatent(rows.Address, type, latent, rotary, blockSize);

            fixed (int* table = blocks) Run(wide, latents, heads, query.Address, output.Address, table, length);

            output.ShouldBe(Dense(latents, heads, query.Values(), rows.Values(), blocks, length));
        }
    }

    private static void Run(bool wide, in PagedLatent latents, int heads, nint query, nint output, int* table, int length)
    {
        if (latents.Type == ElementType.Float32 && wide) PagedLatentAttention.Run<Float32, Lanes512>(latents, heads, (Float32*)query, (Float32*)output, table, length, 0.3f);
        else if (latents.Type == ElementType.Float32) PagedLatentAttention.Run<Float32, Lanes256>(latents, heads, (Float32*)query, (Float32*)output, table, length, 0.3f);
        else if (wide) PagedLatentAttention.Run<BFloat16, Lanes512>(latents, heads, (BFloat16*)query, (BFloat16*)output, table, length, 0.3f);
        else PagedLatentAttention.Run<BFloat16, Lanes256>(latents, heads, (BFloat16*)query, (BFloat16*)output, table, length, 0.3f);
    }

    private static double[] Dense(PagedLatent latents, int heads, float[] query, float[] rows, int[] blocks, int length)
    {
        float Row(int token, int i) => rows[(blocks[token / latents.BlockSize] * latents.BlockSize + token % latents.BlockSize) * latents.Width + i];
        var output = new double[heads * latents.LatentSize];
        for (var h = 0; h < heads; h++)
        {
            double[] scores = [.. Enumerable.Range(0, length).Select(t => 0.3 * Enumerable.Range(0, latents.Width).Sum(i => (double)query[h * latents.Width + i] * Row(t, i)))];
            double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
            for (var i = 0; i < latents.LatentSize; i++) output[h * latents.LatentSize + i] = Enumerable.Range(0, length).Sum(t => weights[t] * Row(t, i)) / weights.Sum();
        }

        return output;
    }
}
