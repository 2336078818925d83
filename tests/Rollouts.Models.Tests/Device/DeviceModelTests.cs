using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Models.Tests;

/// <summary>
/// The kernel devices' forward pass of the golden models, against transformers' own logits in float32: on the simulated device always, some of them with short
/// prompts for it is slow; on the first GPU where there is one, all.
/// </summary>
public sealed class DeviceModelTests(DeviceModelTests.OpenDevices devices) : IClassFixture<DeviceModelTests.OpenDevices>
{
    private const int MaxTokens = 1120;
    private const int ShortPrompt = 7;

    /// <summary>Between them they have everything: biases, norms on heads, windows, experts of both kinds, latent attention of both kinds.</summary>
    private static readonly string[] SlowlyTested = ["llama-headdim-bias", "mistral-window", "qwen3", "qwen3-moe", "deepseek-v2-lite", "deepseek-v3"];

    public static TheoryData<string, int> Cases => new(
    [
        .. from name in Fixtures.Names("models")
           where !DeviceFit.Faults(ModelConfigReader.Read(Fixtures.Path("models", name)), new ParallelPlan()).Any()
           from length in Golden(name).Lengths()
           select (name, length),
    ]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_Float32_GivesTheReferencesLogits(string name, int length)
    {
        var expected = Golden(name).Floats($"logits_last8.{length}");
        foreach (var device in devices.For(name, length))
        {
            var logits = LastLogits(name, ElementType.Float32, device, length, Math.Min(8, length));

            // A GPU sums in other orders, and its exponentials are of another make.
            logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-4f * expected.Max(MathF.Abs));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_BFloat16_PointsTheSameWay(string name, int length)
    {
        var expected = Golden(name).Floats($"logits_last8.{length}")[^384..];
        foreach (var device in devices.For(name, length))
        {
            var logits = LastLogits(name, ElementType.BFloat16, device, length, 1);

            ModelFixtureTests.Cosine(ModelFixtureTests.Softmax(logits), ModelFixtureTests.Softmax(expected)).ShouldBeGreaterThanOrEqualTo(0.999);
        }
    }

    [Fact]
    public void Faults_HeadsOfOddSize_NameTheSettingToChange() =>
        DeviceFit.Faults(ModelConfigReader.Read(Fixtures.Path("models", "qwen3")) with { HeadSize = 12 }, new ParallelPlan()).ShouldHaveSingleItem().ShouldBe("device cuda: head_dim 12 is no multiple of 8; set device: cpu");

    private static GoldenTensors Golden(string name) => new(Fixtures.Path("models", name, "expected.safetensors"));

    /// <summary>Shared, for each takes a moment to open and to compile for.</summary>
    public sealed class OpenDevices : IDisposable
    {
        private readonly KernelDevice? _simulated = Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1" ? null : KernelDevice.Simulated();
        private readonly CudaDevice? _gpu = CudaDevice.Count > 0 ? new CudaDevice() : null;

        public IEnumerable<KernelDevice> For(string model, int length)
        {
            if (_simulated is not null && length == ShortPrompt && SlowlyTested.Contains(model)) yield return _simulated;
            if (_gpu is not null) yield return _gpu;
        }

        public void Dispose()
        {
            _simulated?.Dispose();
            _gpu?.Dispose();
        }
    }

    private static float[] LastLogits(string name, ElementType type, KernelDevice device, int length, int rows)
    {
        var (folder, ids) = (Fixtures.Path("models", name), Golden(name).Ints($"input_ids.{length}"));
        var config = ModelConfigReader.Read(folder);
        using var team = new WorkerTeam(2);
        using var model = DeviceModel.Load(folder, config, new ModelOptions(type, config.MaxLength, MaxTokens, 8), device, team);
        return ModelFixtureTests.LastLogits(model, ids, rows);
    }
}
