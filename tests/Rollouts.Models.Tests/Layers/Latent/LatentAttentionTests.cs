using Rollouts.Kernels;

namespace Rollouts.Models.Tests;

// Shapes: T tokens, N heads, P plain size, R rotary size, L latent size, V value size.

/// <summary>The two ways of latent attention over random shapes: absorbed queries over latents, and expanded keys and values. Both are the definition, in double.</summary>
public sealed unsafe class LatentAttentionTests
{
    [Theory]
    [InlineData(ElementType.Float32, 1e-5)]
    [InlineData(ElementType.BFloat16, 0.02)]
    public void AbsorbedAndExpanded_RandomShapes_AreTheDefinition(ElementType type, double tolerance)
    {
        LibTorch.Ensure();
        var random = new Random(11);
        for (var trial = 0; trial < 12; trial++)
        {
            using var problem = new Problem(type, random, trial);

            problem.RunAbsorbed();
            var absorbed = problem.Attended();
            problem.RunExpanded();
            var expanded = problem.Attended();

            var expected = problem.Definition();
            var largest = expected.Max(Math.Abs);
            for (var i = 0; i < expected.Length; i++)
            {
                ((double)absorbed[i]).ShouldBe(expected[i], tolerance * largest, $"absorbed, element {i} of trial {trial}");
                ((double)expanded[i]).ShouldBe(expected[i], tolerance * largest, $"expanded, element {i} of trial {trial}");
            }
        }
    }

    /// <summary>Some new tokens of one sequence, whose earlier tokens are in the cache.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly LatentShape _shape;
        private readonly int _heads;
        private readonly int _tokens;
        private readonly int _length;
        private readonly ElementType _type;
        private readonly WeightArena _arena = new();
        private readonly MatrixProducts _products;
        private readonly WorkerTeam _team = new(2);
        private readonly LatentExpansion _expansion;
        private readonly ForwardScratch _scratch;
        private readonly StepPlan _plan;
        private readonly KvCache _kv;
        private readonly float _scale;

        public Problem(ElementType type, Random random, int trial)
        {
            _type = type;
            _shape = new LatentShape(0, 8 * (1 + random.Next(8)), 1 + random.Next(40), 2 * (1 + random.Next(12)), 1 + random.Next(40), true);
            (_heads, _tokens) = (1 + random.Next(18), 1 + random.Next(60));
            // Beyond the chunk that is expanded at a time, and far less.
            _length = _tokens + random.Next(trial % 3 == 0 ? 600 : 30);
            _scale = 1 / MathF.Sqrt(_shape.KeySize);
            _products = new MatrixProducts(MatrixProductOptions.For(type, batchInvariant: false), _team);
            _expansion = new LatentExpansion(new WeightMatrix(_arena, _heads * _shape.LatentSize, _shape.PlainSize, type), new WeightMatrix(_arena, _heads * _shape.ValueSize, _shape.LatentSize, type));
            var config = new ModelConfig
            {
                ModelType = "deepseek_v3", HiddenSize = 8, NumLayers = 1, NumHeads = _heads, NumKvHeads = _heads, HeadSize = 8, IntermediateSize = 8, VocabularySize = 8, MaxLength = 1024,
                NormEpsilon = 1e-5f, RopeTheta = 1e4, RopeScaling = new RopeScaling.Default(), TiedEmbeddings = false, QkvBias = false, OutputBias = false, MlpBias = false,
                Type = TensorType.BF16, EosTokenIds = [], Latent = _shape,
            };
            _scratch = new ForwardScratch(config, new ModelOptions(type, 1024, _tokens, 1), ParallelContext.Single);
            var blocks = (_length + 15) / 16;
            _kv = new KvCache(config, ParallelContext.Single, type, 16, blocks, keepsRoutedExperts: false);
            _plan = new StepPlan(_tokens, 1, blocks, 1) { NumTokens = _tokens };
            foreach (var (logical, physical) in Enumerable.Range(0, blocks).OrderBy(_ => random.Next()).Index()) _plan.BlockTable(0)[logical] = physical;
            for (var t = 0; t < _tokens; t++) _plan.Positions[t] = _length - _tokens + t;
            _expansion.Keys.Reserve();
            _expansion.Values.Reserve();
            Fill(_expansion.Keys.Address, _heads * _shape.LatentSize * _shape.PlainSize, random, 0.5f);
            Fill(_expansion.Values.Address, _heads * _shape.ValueSize * _shape.LatentSize, random, 0.5f);
            Fill(_kv.Latents(0).Rows, blocks * 16 * _kv.Latents(0).Width, random, 1);
            Fill(_scratch.Query.Row(0), _tokens * _scratch.Query.Width, random, 1);
        }

        public void RunAbsorbed() =>
            new AbsorbedAttention(_products, _shape, _heads, _expansion, _scale).Run(_scratch, _plan, new TokenRun(0, _tokens, false), _kv.Latents(0), _team);

        public void RunExpanded()
        {
            using var expanded = new ExpandedAttention(_shape, _heads, _expansion, _scale);
            expanded.Run(_scratch, _plan, new TokenRun(0, _tokens, true), _kv.Latents(0), _team);
        }

        public float[] Attended() => Values(_scratch.Attended.Row(0), _tokens * _scratch.Attended.Width);

        public double[] Definition()
        {
            var (l, p, r, v) = (_shape.LatentSize, _shape.PlainSize, _shape.RotarySize, _shape.ValueSize);
            var (keys, values) = (Values(_expansion.Keys.Address, _heads * l * p), Values(_expansion.Values.Address, _heads * v * l));
            float[][] rows = [.. Enumerable.Range(0, _length).Select(t => Values(_kv.Latents(0).Row(_plan.BlockTable(0)[t / 16] * 16 + t % 16), l + r))];
            var query = Values(_scratch.Query.Row(0), _tokens * _scratch.Query.Width);
            var output = new double[_tokens * _heads * v];
            for (var h = 0; h < _heads; h++)
            {
                double[][] key = [.. rows.Select(row => Enumerable.Range(0, p + r).Select(i => i < p ? Enumerable.Range(0, l).Sum(j => (double)keys[(h * l + j) * p + i] * row[j]) : row[l + i - p]).ToArray())];
                double[][] value = [.. rows.Select(row => Enumerable.Range(0, v).Select(i => Enumerable.Range(0, l).Sum(j => (double)values[(h * v + i) * l + j] * row[j])).ToArray())];
                for (var t = 0; t < _tokens; t++)
                {
                    double[] scores = [.. Enumerable.Range(0, _plan.Positions[t] + 1).Select(s => _scale * Enumerable.Range(0, p + r).Sum(i => query[(t * _heads + h) * (p + r) + i] * key[s][i]))];
                    double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                    for (var i = 0; i < v; i++) output[(t * _heads + h) * v + i] = weights.Select((w, s) => w * value[s][i]).Sum() / weights.Sum();
                }
            }

            return output;
        }

        public void Dispose()
        {
            _scratch.Dispose();
            _plan.Dispose();
            _kv.Dispose();
            _products.Dispose();
            _arena.Dispose();
            _team.Dispose();
        }

        private void Fill(nint to, int count, Random random, float size)
        {
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2 - 1) * size)];
            fixed (float* from = values) ElementTypes.Convert((nint)from, ElementType.Float32, to, _type, count);
        }

        private float[] Values(nint from, int count)
        {
            var values = new float[count];
            fixed (float* to = values) ElementTypes.Convert(from, _type, (nint)to, ElementType.Float32, count);
            return values;
        }
    }
}
