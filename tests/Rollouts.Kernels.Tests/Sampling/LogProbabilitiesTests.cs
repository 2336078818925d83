namespace Rollouts.Kernels.Tests;

/// <summary>The likeliest tokens against a sort of the whole row, over odd sizes, many ties, both zeros and dropped entries.</summary>
public class LogProbabilitiesTests
{
    [Fact]
    public void Top_AnyRow_IsTheSortedDefinition()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 300; trial++)
        {
            var size = 1 + random.Next(trial % 10 == 0 ? 5000 : 100);
            var (k, steps, scale) = (1 + random.Next(Math.Min(size, 60)), trial % 2 == 0 ? 6 : 1 << 20, 0.5f + random.NextSingle());
            float[] logits = [.. Enumerable.Range(0, size).Select(_ => Entry(random, steps))];
            logits[random.Next(size)] = 1;
            var (tokens, logProbs) = (new int[k], new float[k]);

            new LogProbabilities(logits, scale).Top(tokens, logProbs);

            int[] expected = [.. Enumerable.Range(0, size).OrderByDescending(v => logits[v]).ThenBy(v => v).Take(k)];
            tokens.ShouldBe(expected, $"trial {trial}");
            var total = Math.Log(logits.Sum(l => Math.Exp((double)l * scale)));
            for (var i = 0; i < k; i++) ShouldBe(logProbs[i], logits[expected[i]] * scale - total);
        }
    }

    private static float Entry(Random random, int steps) => random.Next(8) switch
    {
        0 => float.NegativeInfinity,
        1 => -0f,
        _ => (random.Next(steps) / (float)steps - 0.5f) * 8,
    };

    private static void ShouldBe(float actual, double expected)
    {
        if (double.IsInfinity(expected)) actual.ShouldBe((float)expected);
        else ((double)actual).ShouldBe(expected, 1e-5);
    }
}
