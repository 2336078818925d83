namespace Rollouts.Kernels.Tests;

/// <summary>The row kernels of the GPU over odd sizes and all element types, against plain double arithmetic.</summary>
[Collection(KernelDeviceCollection.Name)]
public class ElementKernelCudaTests(KernelDevices devices)
{
    public static TheoryData<ElementType, ElementType> Residuals => new()
    {
        { ElementType.Float32, ElementType.Float32 },
        { ElementType.Float32, ElementType.BFloat16 },
        { ElementType.BFloat16, ElementType.BFloat16 },
        { ElementType.Float32, ElementType.Float16 },
        { ElementType.Float16, ElementType.Float16 },
    };

    public static TheoryData<ElementType> Types => [ElementType.Float32, ElementType.BFloat16, ElementType.Float16];

    [Theory]
    [MemberData(nameof(Residuals))]
    public void AddAndNormalise_OddWidths_IsTheDefinition(ElementType residualType, ElementType type)
    {
        foreach (var device in devices.All)
            foreach (var (rows, width) in new[] { (2, 8), (1, 72), (2, 264), (1, 4104) })
            {
                var random = new Random(width);
                using var residual = DeviceOperand.Random(device, residualType, rows * width, random, 3);
                using var delta = DeviceOperand.Random(device, type, rows * width, random);
                using var weight = DeviceOperand.Random(device, type, width, random);
                using var output = DeviceOperand.Poisoned(device, type, rows * width);
                var (w, sum) = (weight.Values(), residual.Values().Zip(delta.Values(), (a, b) => (double)a + b).ToArray());

                RmsNorm.AddAndNormalise(device, residual.Address, residualType, delta.Address, weight.Address, output.Address, type, rows,
                    width, 1e-5f);

                residual.ShouldBe(sum, Rounding(residualType));
                output.ShouldBe([.. sum.Select((x, i) => x * Scale(sum, i / width * width, width) * w[i % width])], Rounding(type), $"width {width}");
            }
    }

    [Fact]
    public void AddAndNormalise_WithoutDelta_LeavesTheResidual()
    {
        var device = devices.Simulated;
        using var residual = DeviceOperand.Random(device, ElementType.BFloat16, 24, new Random(1));
        using var weight = DeviceOperand.Random(device, ElementType.BFloat16, 24, new Random(2));
        using var output = DeviceOperand.Poisoned(device, ElementType.BFloat16, 24);
        double[] before = [.. residual.Values()];

        RmsNorm.AddAndNormalise(device, residual.Address, ElementType.BFloat16, 0, weight.Address, output.Address, ElementType.BFloat16, 1,
            24, 1e-5f);

        residual.ShouldBe(before, 0);
        output.ShouldBe([.. before.Zip(weight.Values(), (x, w) => x * Scale(before, 0, 24) * w)], Rounding(ElementType.BFloat16));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void SiluMul_OddWidths_IsTheDefinition(ElementType type)
    {
        foreach (var device in devices.All)
            foreach (var (rows, width) in new[] { (3, 8), (1, 2056) })
            {
                using var gateUp = DeviceOperand.Random(device, type, 2 * rows * width, new Random(3), 8);
                using var output = DeviceOperand.Poisoned(device, type, rows * width);
                var x = gateUp.Values();

                SiluMul.Run(device, gateUp.Address, output.Address, type, rows, width);

                output.ShouldBe([.. Enumerable.Range(0, rows * width).Select(i =>
                {
                    var at = i / width * 2 * width + i % width;
                    return x[at] / (1 + Math.Exp(-x[at])) * x[at + width];
                })], Rounding(type));
            }
    }

    [Theory]
    [MemberData(nameof(Residuals))]
    public void Gather_AnyTokens_CopiesTheirRows(ElementType outputType, ElementType type)
    {
        foreach (var device in devices.All)
        {
            const int Width = 40;
            int[] tokens = [6, 0, 3, 6];
            using var table = DeviceOperand.Random(device, type, 7 * Width, new Random(4));
            using var ids = DeviceOperand.Integers(device, tokens);
            using var output = DeviceOperand.Poisoned(device, outputType, tokens.Length * Width);
            var rows = table.Values();

            Embedding.Gather(device, table.Address, type, ids.Address, output.Address, outputType, tokens.Length, Width);

            output.ShouldBe([.. tokens.SelectMany(t => rows.Skip(t * Width).Take(Width)).Select(x => (double)x)], 0);
        }
    }

    [Fact]
    public void RowKernels_WidthsNotOfEight_AreRefused()
    {
        Should.Throw<ArgumentException>(() => SiluMul.Run(devices.Simulated, 0, 0, ElementType.Float32, 1, 12)).Message.ShouldContain("width 12");
        Should.Throw<ArgumentException>(() => RmsNorm.AddAndNormalise(devices.Simulated, 0, ElementType.Float32, 0, 0, 0,
            ElementType.Float32, 1, 12, 0));
    }

    private static double Scale(double[] x, int start, int width) => 1 / Math.Sqrt(x.Skip(start).Take(width).Sum(v => v * v) / width + 1e-5);

    internal static double Rounding(ElementType type) => type switch
    {
        ElementType.Float32 => 2e-6,
        ElementType.Float16 => 1.0 / 1024,
        _ => 1.0 / 256,
    };
}
