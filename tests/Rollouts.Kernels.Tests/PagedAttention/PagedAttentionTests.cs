namespace Rollouts.Kernels.Tests;

/// <summary>Paged attention over odd shapes, windows and shuffled blocks, against softmax over the whole sequence in double.</summary>
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
            using var problem = new Problem(type, random, trial % 3 == 0 ? 300 : 40);
            var window = trial % 2 == 0 ? 0 : 1 + random.Next(problem.Length + 10);
            // What a window has left behind is given back: nobody may read it.
            var range = TokenRange.Before(problem.Length - 1, window);
            for (var b = 0; b < range.First / problem.Kv.BlockSize; b++) problem.Blocks[b] = int.MinValue;
            using var output = Operand.Poisoned(type, problem.Group * problem.Kv.ValueSize);

            problem.Run(wide, output, range);

            output.ShouldBe(problem.Dense(range));
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Continue_InParts_GivesTheBitsOfOnePass(ElementType type)
    {
        var random = new Random(5);
        var state = stackalloc float[PagedAttention.StateFloats(8, 130)];
        for (var trial = 0; trial < 20; trial++)
        {
            using var problem = new Problem(type, random, 700, blockSize: 16);
            var (size, group) = (problem.Kv.ValueSize, problem.Group);
            using var whole = Operand.Poisoned(type, group * size);
            using var parts = Operand.Poisoned(type, group * size);
            PagedAttention.Begin(state, group, size);
            fixed (int* table = problem.Blocks)
            {
                PagedAttention.Attend(problem.Kv, problem.Head, group, problem.Query.Address, whole.Address, table, new TokenRange(0, problem.Length), 0.3f);
                for (var first = 0; first < problem.Length; first += 128)
                    PagedAttention.Continue(problem.Kv, problem.Head, group, problem.Query.Address, state, table + first / 16, new TokenRange(0, Math.Min(128, problem.Length - first)), 0.3f);
            }

            PagedAttention.Finish(state, parts.Address, type, group, size);

            parts.Values().ShouldBe(whole.Values());
        }
    }

    /// <summary>A cache of random keys and values in shuffled blocks, and a query.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly Operand _keys;
        private readonly Operand _values;

        public Problem(ElementType type, Random random, int longest, int? blockSize = null)
        {
            Group = 1 + random.Next(8);
            var (kvHeads, keySize, valueSize) = (1 + random.Next(3), 1 + random.Next(130), 1 + random.Next(130));
            var tokens = blockSize ?? new[] { 1, 3, 16 }[random.Next(3)];
            (Length, Head) = (1 + random.Next(longest), random.Next(kvHeads));
            var numBlocks = (Length + tokens - 1) / tokens + 2;
            _keys = Operand.Random(type, numBlocks * kvHeads * tokens * keySize, random);
            _values = Operand.Random(type, numBlocks * kvHeads * tokens * valueSize, random);
            Query = Operand.Random(type, Group * keySize, random, 2);
            Blocks = [.. Enumerable.Range(0, numBlocks).OrderBy(_ => random.Next())];
            Kv = new PagedKv(_keys.Address, _values.Address, type, kvHeads, keySize, valueSize, tokens);
        }

        public PagedKv Kv { get; }

        public int[] Blocks { get; }

        public int Group { get; }

        public int Length { get; }

        public int Head { get; }

        public Operand Query { get; }

        public void Run(bool wide, Operand output, TokenRange range)
        {
            fixed (int* table = Blocks)
            {
                var (query, to) = (Query.Address, output.Address);
                if (Kv.Type == ElementType.Float32 && wide) PagedAttention.Run<Float32, Lanes512>(Kv, Head, Group, (Float32*)query, (Float32*)to, table, range, 0.3f);
                else if (Kv.Type == ElementType.Float32) PagedAttention.Run<Float32, Lanes256>(Kv, Head, Group, (Float32*)query, (Float32*)to, table, range, 0.3f);
                else if (wide) PagedAttention.Run<BFloat16, Lanes512>(Kv, Head, Group, (BFloat16*)query, (BFloat16*)to, table, range, 0.3f);
                else PagedAttention.Run<BFloat16, Lanes256>(Kv, Head, Group, (BFloat16*)query, (BFloat16*)to, table, range, 0.3f);
            }
        }

        public double[] Dense(TokenRange range)
        {
            var (query, keys, values, kv) = (Query.Values(), _keys.Values(), _values.Values(), Kv);
            int Tile(int token, int size) => (Blocks[token / kv.BlockSize] * kv.NumHeads + Head) * kv.BlockSize * size;
            float Key(int token, int i) => keys[Tile(token, kv.KeySize) + i * kv.BlockSize + token % kv.BlockSize];
            float Value(int token, int i) => values[Tile(token, kv.ValueSize) + token % kv.BlockSize * kv.ValueSize + i];
            var output = new double[Group * kv.ValueSize];
            for (var g = 0; g < Group; g++)
            {
                double[] scores = [.. Tokens().Select(t => 0.3 * Enumerable.Range(0, kv.KeySize).Sum(i => (double)query[g * kv.KeySize + i] * Key(t, i)))];
                double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                for (var i = 0; i < kv.ValueSize; i++) output[g * kv.ValueSize + i] = Tokens().Sum(t => weights[t - range.First] * Value(t, i)) / weights.Sum();
            }

            return output;

            IEnumerable<int> Tokens() => Enumerable.Range(range.First, range.End - range.First);
        }

        public void Dispose()
        {
            _keys.Dispose();
            _values.Dispose();
            Query.Dispose();
        }
    }
}
