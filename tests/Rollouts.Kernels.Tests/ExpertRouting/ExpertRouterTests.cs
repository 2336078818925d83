namespace Rollouts.Kernels.Tests;

/// <summary>The router over random shapes, against sorts in double.</summary>
public unsafe class ExpertRouterTests
{
    [Fact]
    public void Choose_RandomShapes_IsTheSortedReferences()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 500; trial++)
        {
            var groups = 1 + random.Next(5);
            var experts = groups * (1 + random.Next(9));
            var chosenGroups = 1 + random.Next(groups);
            var chosen = 1 + random.Next(experts / groups * chosenGroups);
            var router = new ExpertRouter(experts, chosen, random.Next(2) == 0 ? ExpertScore.Softmax : ExpertScore.Sigmoid, groups, chosenGroups, random.Next(2) == 0, 0.5f + random.NextSingle());
            float[] logits = [.. Enumerable.Range(0, experts).Select(_ => random.NextSingle() * 8 - 4)];
            float[]? bias = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, experts).Select(_ => random.NextSingle() - 0.5f)];
            var (indices, weights) = (new int[chosen], new float[chosen]);

            fixed (float* l = logits, b = bias, w = weights)
            fixed (int* i = indices) router.Choose(l, b, i, w);

            var (expected, expectedWeights) = Reference(router, logits, bias);
            indices.ShouldBe(expected);
            for (var k = 0; k < chosen; k++) ((double)weights[k]).ShouldBe(expectedWeights[k], 1e-5);
        }
    }

    [Fact]
    public void Choose_EqualScores_TakesTheLowestExperts()
    {
        var router = new ExpertRouter(6, 3, ExpertScore.Softmax, 1, 1, true, 1);
        var (indices, weights, logits) = (new int[3], new float[3], new float[6]);

        fixed (float* l = logits, w = weights)
        fixed (int* i = indices) router.Choose(l, null, i, w);

        indices.ShouldBe([0, 1, 2]);
        weights.ShouldAllBe(w => Math.Abs(w - 1f / 3) < 1e-6);
    }

    private static (int[], double[]) Reference(ExpertRouter router, float[] logits, float[]? bias)
    {
        var sum = logits.Sum(l => Math.Exp(l));
        double[] scores = [.. logits.Select(l => router.Score == ExpertScore.Softmax ? Math.Exp(l) / sum : 1 / (1 + Math.Exp(-l)))];
        double[] ranks = [.. scores.Select((s, e) => s + (bias?[e] ?? 0))];
        var size = router.NumExperts / router.NumGroups;
        var kept = Enumerable.Range(0, router.NumGroups)
            .OrderByDescending(g => ranks.Skip(g * size).Take(size).OrderDescending().Take(bias is null ? 1 : 2).Sum()).Take(router.NumChosenGroups).ToHashSet();
        int[] chosen = [.. Enumerable.Range(0, router.NumExperts).Where(e => kept.Contains(e / size)).OrderByDescending(e => ranks[e]).Take(router.NumChosen)];
        var total = chosen.Sum(e => scores[e]);
        return (chosen, [.. chosen.Select(e => scores[e] * router.Scale / (router.Normalise ? total : 1))]);
    }
}
