using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Models.Tests;

/// <summary>Logits of the golden models, against transformers' own in float32.</summary>
public class ModelFixtureTests
{
    private const int MaxTokens = 1120;

    public static TheoryData<string, int> Cases => new([.. Fixtures.Names("models").SelectMany(name => new GoldenTensors(Fixtures.Path("models", name, "expected.safetensors")).Lengths().Select(length => (name, length)))]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_Float32_GivesTheReferencesLogits(string name, int length)
    {
        var golden = new GoldenTensors(Fixtures.Path("models", name, "expected.safetensors"));
        var expected = golden.Floats($"logits_last8.{length}");

        var logits = LastLogits(name, ElementType.Float32, golden.Ints($"input_ids.{length}"), Math.Min(8, length));

        var largest = expected.Max(MathF.Abs);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-5f * largest);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_BFloat16_PointsTheSameWay(string name, int length)
    {
        var golden = new GoldenTensors(Fixtures.Path("models", name, "expected.safetensors"));
        var expected = golden.Floats($"logits_last8.{length}")[^384..];

        var logits = LastLogits(name, ElementType.BFloat16, golden.Ints($"input_ids.{length}"), 1);

        Cosine(Softmax(logits), Softmax(expected)).ShouldBeGreaterThanOrEqualTo(0.999);
    }

    private static float[] LastLogits(string name, ElementType type, int[] ids, int rows)
    {
        var folder = Fixtures.Path("models", name);
        var config = ModelConfigReader.Read(folder);
        using var team = new WorkerTeam(2);
        using var model = ModelRegistry.Load(folder, config, new ModelOptions(type, config.MaxLength, MaxTokens, 8), team);
        return LastLogits(model, ids, rows);
    }

    /// <summary>Logits of the last rows of a prompt, as floats.</summary>
    internal static unsafe float[] LastLogits(ILanguageModel model, int[] ids, int rows)
    {
        model.ReserveKv(16, MaxTokens / 16);
        using var plan = new StepPlan(MaxTokens, 1, MaxTokens / 16, 8);
        using var logits = new Activations(8, model.Config.VocabularySize, model.Type);
        for (var i = 0; i < ids.Length; i++) (plan.TokenIds[i], plan.Positions[i], plan.Slots[i]) = (ids[i], i, i);
        for (var b = 0; b < MaxTokens / 16; b++) plan.BlockTable(0)[b] = b;
        for (var r = 0; r < rows; r++) plan.LogitRows[r] = ids.Length - rows + r;
        (plan.NumTokens, plan.NumLogitRows) = (ids.Length, rows);

        model.Forward(plan, logits);

        var result = new float[rows * model.Config.VocabularySize];
        fixed (float* to = result) ElementTypes.Convert(logits.Row(0), model.Type, (nint)to, ElementType.Float32, result.Length);
        return result;
    }

    internal static double[] Softmax(float[] logits)
    {
        var largest = logits.Max();
        double[] exp = [.. logits.Select(l => Math.Exp(l - largest))];
        var sum = exp.Sum();
        return [.. exp.Select(e => e / sum)];
    }

    internal static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
}
