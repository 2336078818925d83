using System.Globalization;
using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.Training;

namespace Rollouts.Cli;

/// <summary><c>bench numerics</c>: log-probabilities of the engine against those of the trainer's own forward, both in float32.</summary>
internal static class NumericsBenchmark
{
    /// <summary>A line a model, and the maximum over all.</summary>
    public static async IAsyncEnumerable<string> RunAsync(IReadOnlyList<string> models, int tokens)
    {
        var largest = 0f;
        foreach (var model in models)
        {
            var config = ModelConfigReader.Read(model);
            if (config.Mixture is not null || config.Latent is not null)
            {
                yield return $"{model}: not dense, left out";
                continue;
            }

            var length = Math.Min(tokens, config.MaxLength);
            var off = await DifferenceAsync(model, config, [.. Enumerable.Range(0, length).Select(t => (int)((t * 7919L + 11) % config.VocabularySize))]);
            largest = Math.Max(largest, off);
            yield return string.Create(CultureInfo.InvariantCulture, $"{model}: {config.ModelType}, {length} tokens, largest difference of a log-probability {off:E2}");
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"largest of all: {largest:E2}");
    }

    private static async Task<float> DifferenceAsync(string model, ModelConfig config, int[] tokens)
    {
        await using var engine = EngineLoader.Load(model, ElementType.Float32, new EngineOptions { MaxRunning = 1 }, new NoTokenizer(config.VocabularySize));
        using var dense = DenseModel.Load(model);
        var scored = await engine.GenerateAsync(GenerationVerb.Request("numerics", 0, tokens, SamplingParams.Greedy) with { Score = true }, default);
        if (scored.Failure is { } failure) throw new ModelFormatException($"{model}: {failure.Message}");
        return scored.PromptLogProbs.Zip(DenseScore.LogProbabilities(dense, tokens), (a, b) => Math.Abs(a - b)).Max();
    }
}
