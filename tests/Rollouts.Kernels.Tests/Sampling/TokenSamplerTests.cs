using System.Text.Json;
using Rollouts.TestSupport;

namespace Rollouts.Kernels.Tests;

public class TokenSamplerTests
{
    private const int Vocabulary = 512;

    [Fact]
    public void Keep_FixtureCases_LeavesTheReferencesProbabilities()
    {
        var golden = new GoldenTensors(Fixtures.Path("sampling", "expected.safetensors"));
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("sampling", "expected.json")));
        var (logits, previous) = (golden.Floats("logits"), golden.Ints("previous_ids"));
        var number = 0;
        foreach (var options in cases.RootElement.GetProperty("cases").EnumerateArray())
        {
            var expected = golden.Floats($"probs.{number++}");
            for (var r = 0; r < 12; r++)
            {
                var row = logits[(r * Vocabulary)..((r + 1) * Vocabulary)];
                var probabilities = Filter([.. row], previous[(r * 20)..((r + 1) * 20)], options);
                ShouldAgree(row, probabilities, expected[(r * Vocabulary)..((r + 1) * Vocabulary)], $"case {number - 1}, row {r}");
            }
        }
    }

    [Fact]
    public void Keep_OddSizes_IsTheSortedDefinition()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 200; trial++)
        {
            // Few different values make many ties; a wide spread fills many buckets.
            var (size, steps, spread) = (1 + random.Next(trial % 10 == 0 ? 5000 : 300), trial % 2 == 0 ? 20 : 1 << 20, trial % 3 == 0 ? 40f : 3f);
            float[] logits = [.. Enumerable.Range(0, size).Select(_ => random.Next(20) == 0 ? float.NegativeInfinity : (random.Next(steps) / (float)steps - 0.5f) * spread)];
            logits[random.Next(size)] = 1;
            var row = new SamplingRow { Temperature = 1, TopK = trial % 4 == 0 ? 0 : 1 + random.Next(size + 3), TopP = trial % 4 == 1 ? 1 : random.NextSingle(), MinP = 0 };
            var kept = logits.ToArray();

            LogitFilters.Keep(kept, row, new int[size]);

            kept.ShouldBe(KeepBySorting(logits, row), $"trial {trial}");
        }
    }

    [Theory]
    [InlineData(1.0f, 0, 1.0f, 0.0f)]
    [InlineData(0.7f, 0, 1.0f, 0.0f)]
    [InlineData(1.3f, 8, 0.9f, 0.05f)]
    public void Draw_ManyTokens_FollowsTheExactDistribution(float temperature, int topK, float topP, float minP)
    {
        const int Draws = 40_000, Entries = 24;
        var random = new Random(5);
        float[] logits = [.. Enumerable.Range(0, Entries).Select(_ => random.NextSingle() * 4)];
        var row = new SamplingRow { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, KeyLow = 7, KeyHigh = 9 };
        float[] kept = [.. logits.Select(l => l / temperature)];
        LogitFilters.Keep(kept, row, new int[Entries]);
        var total = kept.Sum(l => Math.Exp(l));

        var counts = new int[Entries];
        var work = new float[Entries];
        for (var i = 0; i < Draws; i++)
        {
            row.Position = i;
            counts[TokenSampler.Draw(logits, work, false, row, new int[Entries]).Token]++;
        }

        var (chiSquare, degrees) = (0.0, -1);
        for (var v = 0; v < Entries; v++)
        {
            var expected = Draws * Math.Exp(kept[v]) / total;
            if (expected == 0) counts[v].ShouldBe(0);
            else (chiSquare, degrees) = (chiSquare + (counts[v] - expected) * (counts[v] - expected) / expected, degrees + 1);
        }

        // The 99.99% point by Wilson and Hilferty; the seed is fixed, so this passes always or never.
        var limit = degrees * Math.Pow(1 - 2.0 / (9 * degrees) + 3.719 * Math.Sqrt(2.0 / (9 * degrees)), 3);
        chiSquare.ShouldBeLessThan(limit);
    }

    [Fact]
    public void Draw_LogProbabilities_AreOfTheModeThatWasAsked()
    {
        float[] logits = [1, 2, 3, 0];
        var row = new SamplingRow { Temperature = 0.5f, TopK = 2, TopP = 1 };

        var raw = TokenSampler.Draw(logits, new float[4], false, row, new int[4]);
        var processed = TokenSampler.Draw(logits, new float[4], false, row with { ProcessedLogProb = true }, new int[4]);

        raw.LogProbabilities().Of(raw.Token).ShouldBe((float)Math.Log(Math.Exp(logits[raw.Token]) / logits.Sum(l => Math.Exp(l))), 1e-6f);
        processed.LogProbabilities().Of(raw.Token).ShouldBe((float)Math.Log(Math.Exp(logits[raw.Token] / 0.5) / (Math.Exp(4) + Math.Exp(6))), 1e-6f);
        processed.LogProbabilities().Of(0).ShouldBe(float.NegativeInfinity);
        logits.ShouldBe([1, 2, 3, 0]);
    }

    [Fact]
    public void Draw_GreedyInProcessedMode_HasTheWholeProbabilityOnItsToken()
    {
        var (tokens, logProbs) = (new int[3], new float[3]);

        var drawn = TokenSampler.Draw([1, 2, 7, 0], new float[4], false, new SamplingRow { TopP = 1, ProcessedLogProb = true }, new int[4]);
        drawn.LogProbabilities().Top(tokens, logProbs);

        drawn.LogProbabilities().Of(2).ShouldBe(0);
        tokens.ShouldBe([2, 0, 1]);
        logProbs.ShouldBe([0, float.NegativeInfinity, float.NegativeInfinity]);
    }

    [Fact]
    public void Draw_GreedyTie_TakesTheLowestIndex() =>
        TokenSampler.Draw([1, 5, 5, 5], new float[4], false, new SamplingRow { TopP = 1 }, new int[4]).Token.ShouldBe(1);

    private static float[] KeepBySorting(float[] logits, SamplingRow row)
    {
        var kept = logits.ToArray();
        if (row.TopK > 0 && row.TopK < kept.Length)
        {
            var threshold = kept.OrderDescending().ElementAt(row.TopK - 1);
            kept = [.. kept.Select(l => l < threshold ? float.NegativeInfinity : l)];
        }

        var (total, before) = (kept.Sum(l => Math.Exp(l)), 0.0);
        foreach (var v in Enumerable.Range(0, kept.Length).OrderByDescending(v => kept[v]).ThenBy(v => v).ToArray())
        {
            var weight = Math.Exp(kept[v]);
            if (row.TopP < 1 && before > 0 && before >= row.TopP * total) kept[v] = float.NegativeInfinity;
            before += weight;
        }

        return kept;
    }

    /// <summary>Where equal logits straddle the border of a filter, which of them stay is the sort's whim in the reference: as many must stay, with the same probabilities.</summary>
    private static void ShouldAgree(float[] logits, double[] probabilities, float[] expected, string where)
    {
        foreach (var equal in Enumerable.Range(0, Vocabulary).GroupBy(v => logits[v]))
            foreach (var (mine, theirs) in equal.Select(v => probabilities[v]).Order().Zip(equal.Select(v => expected[v]).Order()))
                mine.ShouldBe(theirs, 1e-5, $"{where}, logit {equal.Key}");
    }

    private static double[] Filter(float[] logits, int[] previous, JsonElement options)
    {
        float Number(string name, float otherwise) => options.TryGetProperty(name, out var value) ? value.GetSingle() : otherwise;
        foreach (var token in previous.Distinct()) logits[token] = LogitFilters.Repeat(logits[token], Number("repetition_penalty", 1));
        var row = new SamplingRow { Temperature = Number("temperature", 1), TopK = (int)Number("top_k", 0), TopP = Number("top_p", 1), MinP = Number("min_p", 0) };
        for (var v = 0; v < logits.Length; v++) logits[v] /= row.Temperature;
        LogitFilters.Keep(logits, row, new int[logits.Length]);
        var total = logits.Sum(l => Math.Exp(l));
        return [.. logits.Select(l => Math.Exp(l) / total)];
    }
}
