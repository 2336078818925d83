using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>Engines over the golden models.</summary>
internal static class Engines
{
    public const int Vocabulary = 384;

    public static Engine Load(string model, ElementType type = ElementType.Float32, EngineOptions? options = null) =>
        EngineLoader.Load(Fixtures.Path("models", model), type, (options ?? new EngineOptions()) with { KvBytes = options?.KvBytes ?? 64 << 20, Threads = 2 }, new ToyTokenizer(Vocabulary));

    public static GenerationRequest Request(string id, int[] prompt, SamplingParams sampling, int sibling = 0) =>
        new(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId(id)), sibling), [.. prompt], sampling);

    /// <summary>Whether a router may go the other way at a near tie.</summary>
    public static bool IsRouted(string model) => model.StartsWith("deepseek", StringComparison.Ordinal) || model.Contains("moe", StringComparison.Ordinal);

    public static GoldenTensors Golden(string model) => new(Fixtures.Path("models", model, "expected.safetensors"));
}
