using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

/// <summary>
/// The argmax of logit * scale + Gumbel noise, lowest index on ties, without a logarithm for all but a few entries.
/// With E = -log(u) the winner has the least E / exp(logit * scale), and E is at least 1 - u, which the random word gives exactly:
/// where (1 - u) / exp(logit * scale) is no less than the least so far, the entry cannot win. The few that may are settled by the definition itself.
/// </summary>
/// <remarks>Exponential races: Maddison et al. 2014, A* Sampling, <see href="https://arxiv.org/abs/1411.0030"/>.</remarks>
public static unsafe class GumbelMax
{
    /// <summary>Covers the rounding of exp, so that no winner is passed over.</summary>
    private const float Slack = 1.001f;

    /// <summary>Draws from a row.</summary>
    /// <param name="logits">[vocabulary]; dropped entries are negative infinity.</param>
    public static int Draw(ReadOnlySpan<float> logits, float scale, in SamplingRow row)
    {
        fixed (float* first = logits)
        {
            return Vector512.IsHardwareAccelerated
                ? Draw<Lanes512, PhiloxLanes512>(first, logits.Length, scale, row)
                : Draw<Lanes256, PhiloxLanes256>(first, logits.Length, scale, row);
        }
    }

    internal static int Draw<TLanes, TPhilox>(float* logits, int length, float scale, in SamplingRow row)
        where TLanes : unmanaged, ILanes<TLanes>
        where TPhilox : unmanaged, IPhiloxLanes
    {
        var race = new Race(logits, length, scale, Logits.Max<TLanes>(logits, length) * scale, row);
        var complements = stackalloc float[TPhilox.Words];
        var (scales, shift) = (TLanes.Broadcast(scale), TLanes.Broadcast(-race.Largest));
        var start = 0;
        for (; start + TPhilox.Words <= length; start += TPhilox.Words)
        {
            TPhilox.Complements((uint)start / 4, (uint)row.Position, row.KeyLow, row.KeyHigh, complements);
            var bound = TLanes.Broadcast(race.Bound);
            for (var i = 0; i < TPhilox.Words; i += TLanes.Count)
            {
                var weights = TLanes.Exp(TLanes.MultiplyAdd(TLanes.Load(logits + start + i), scales, shift));
                if (!TLanes.AnyLess(TLanes.Load(complements + i), TLanes.Multiply(weights, bound))) continue;
                for (var v = start + i; v < start + i + TLanes.Count; v++) race.Try(v, complements[v - start]);
                bound = TLanes.Broadcast(race.Bound);
            }
        }

        for (; start < length; start++) race.Settle(start);
        return race.Winner;
    }

    /// <summary>The best entry so far, and how small an entry's quotient must be to beat it.</summary>
    private ref struct Race(float* logits, int length, float scale, float largest, in SamplingRow row)
    {
        private readonly SamplingRow _row = row;
        private float _best = float.NegativeInfinity;

        public float Largest => largest;

        public int Winner { get; private set; } = FirstKept(logits, length);

        public float Bound { get; private set; } = float.MaxValue;

        public void Try(int v, float complement)
        {
            if (complement < MathF.Exp(logits[v] * scale - largest) * Bound) Settle(v);
        }

        /// <summary>By the definition.</summary>
        public void Settle(int v)
        {
            var noisy = logits[v] * scale + Philox.Gumbel(Word(v));
            if (!(noisy > _best)) return;
            (_best, Winner) = (noisy, v);
            // The quotient of the best is exp(largest - noisy).
            Bound = MathF.Min(float.MaxValue, MathF.Exp(largest - noisy) * Slack);
        }

        private readonly uint Word(int v)
        {
            var words = Philox.Words((uint)v / 4, (uint)_row.Position, 0, 0, _row.KeyLow, _row.KeyHigh);
            return (v % 4) switch { 0 => words.W0, 1 => words.W1, 2 => words.W2, _ => words.W3 };
        }

        private static int FirstKept(float* logits, int length)
        {
            for (var v = 0; v < length; v++)
                if (logits[v] > float.NegativeInfinity) return v;
            return 0;
        }
    }
}
