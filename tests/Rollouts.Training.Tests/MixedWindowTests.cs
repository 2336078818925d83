using System.Text.Json.Nodes;
using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Training.Tests;

/// <summary>Qwen's windows on some of the layers, in both ways that configs say so: the engine and the trainer's masked forward agree.</summary>
public class MixedWindowTests
{
    [Theory]
    [InlineData("qwen2", """{"use_sliding_window": true, "sliding_window": 20, "max_window_layers": 1, "layer_types": null}""", 20)]
    [InlineData("qwen3", """{"use_sliding_window": true, "sliding_window": 7, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}""", 7)]
    [InlineData("qwen3", """{"use_sliding_window": false, "sliding_window": 7, "layer_types": null}""", 0)]
    public async Task Score_WindowsOnSomeLayers_IsTheMaskedForward(string model, string changes, int window)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Fixtures.Path("models", model))) File.Copy(file, folder.File(Path.GetFileName(file)));
        var config = JsonNode.Parse(await File.ReadAllTextAsync(folder.File("config.json")))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject()) config[key] = value?.DeepClone();
        await File.WriteAllTextAsync(folder.File("config.json"), config.ToJsonString());
        int[] tokens = [.. Enumerable.Range(0, 120).Select(t => t * 31 % 384)];

        using var dense = DenseModel.Load(folder.Path);
        await using var engine = EngineLoader.Load(folder.Path, ElementType.Float32, new EngineOptions { Threads = 2, MaxBatchedTokens = 32 }, new NoTokenizer(384));
        var request = new GenerationRequest(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId("p")), 0), [.. tokens], SamplingParams.Greedy) { Score = true };
        var scored = await engine.GenerateAsync(request, default);

        dense.Config.Windows.DefaultIfEmpty().Max().ShouldBe(window);
        dense.Config.LargestWindow.ShouldBe(0);
        DenseScore.LogProbabilities(dense, tokens).Zip(scored.PromptLogProbs, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-4f);
    }
}
