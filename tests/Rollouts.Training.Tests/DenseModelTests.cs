using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;
using TorchSharp;

namespace Rollouts.Training.Tests;

/// <summary>The trainer's forward on the dense golden models: the reference's numbers, the engine's numbers, and a gradient for every parameter.</summary>
public class DenseModelTests
{
    public static TheoryData<string> Dense => [.. Fixtures.Names("models").Where(m => ModelConfigReader.Read(Fixtures.Path("models", m)) is { Mixture: null, Latent: null })];

    [Theory]
    [MemberData(nameof(Dense))]
    public async Task LogProbabilities_GoldenSequences_AreTheReferencesAndTheEngines(string model)
    {
        var folder = Fixtures.Path("models", model);
        var golden = new GoldenTensors(Fixtures.Path("models", model, "expected.safetensors"));
        using var dense = DenseModel.Load(folder);
        await using var engine = EngineLoader.Load(folder, ElementType.Float32, new EngineOptions { Threads = 2 }, new NoTokenizer(dense.Config.VocabularySize));

        foreach (var length in golden.Lengths())
        {
            int[] tokens = [.. golden.Ints($"input_ids.{length}"), .. golden.Ints($"generated.{length}")];
            var expected = golden.Floats($"logprobs.{length}");
            var request = new GenerationRequest(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId("p")), 0), [.. tokens], SamplingParams.Greedy) { Score = true };

            var trainers = DenseScore.LogProbabilities(dense, tokens);
            var engines = (await engine.GenerateAsync(request, default)).PromptLogProbs;

            var largest = golden.Floats($"logits_last8.{length}").Max(MathF.Abs);
            trainers.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-5f * MathF.Max(2, largest));
            trainers.Zip(engines, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Dense))]
    public void Forward_LossOfAllTokens_HasAGradientForEveryParameter(string model)
    {
        using var dense = DenseModel.Load(Fixtures.Path("models", model));
        using var scope = torch.NewDisposeScope();
        var ids = torch.tensor(Enumerable.Range(1, 40).Select(t => t * 7L % 384).ToArray()).unsqueeze(0);

        dense.Forward(ids).log_softmax(-1).square().sum().backward();

        foreach (var (name, value) in dense.NamedParameters)
        {
            var gradient = value.grad;
            (gradient is not null && gradient.isfinite().all().item<bool>()).ShouldBeTrue(name);
        }
    }

    [Fact]
    public async Task LoadEngine_SpreadOverRanks_LeavesTheCallersGradientsAlone()
    {
        LibTorch.Ensure();
        var threads = torch.get_num_threads();

        var engine = EngineLoader.Load(Fixtures.Path("models", "qwen2"), ElementType.Float32, new EngineOptions { Threads = threads, Parallel = new ParallelPlan(2) }, new NoTokenizer(384));
        var after = (torch.is_grad_enabled(), torch.get_num_threads());
        await engine.DisposeAsync();

        after.ShouldBe((true, threads));
    }

    [Fact]
    public void Load_ModelWithExperts_IsRefused() =>
        Should.Throw<ModelFormatException>(() => DenseModel.Load(Fixtures.Path("models", "qwen3-moe"))).Message.ShouldContain("is not dense");
}
