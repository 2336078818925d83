using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels.Tests;

/// <summary>The row kernels over odd sizes, both element types and both vector widths, against plain double arithmetic.</summary>
public unsafe class ElementKernelTests
{
    /// <summary>The 512-bit path where the processor has one; <c>DOTNET_EnableAVX512=0</c> shows a run without.</summary>
    public static TheoryData<ElementType, bool> Paths => new([.. from type in new[] { ElementType.Float32, ElementType.BFloat16 } from wide in Widths select (type, wide)]);

    private static bool[] Widths => Avx512F.IsSupported ? [false, true] : [false];

    private static IEnumerable<int> Sizes => [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 576, 1000];

    [Theory]
    [MemberData(nameof(Paths))]
    public void RmsNorm_AddAndNormalise_IsTheDefinition(ElementType type, bool wide)
    {
        var random = new Random(1);
        foreach (var width in Sizes)
        {
            using var residual = Operand.Random(ElementType.Float32, width, random, 3);
            using var delta = Operand.Random(type, width, random);
            using var weight = Operand.Random(ElementType.Float32, width, random);
            using var output = Operand.Poisoned(type, width);
            double[] sum = [.. residual.Values().Zip(delta.Values(), (a, b) => (double)a + b)];
            var scale = 1 / Math.Sqrt(sum.Sum(x => x * x) / width + 1e-5);

            var (r, d, w, o) = (residual.Address, delta.Address, weight.Address, output.Address);
            if (type == ElementType.Float32 && wide) RmsNorm.Run<Float32, Lanes512>((float*)r, (Float32*)d, (float*)w, (Float32*)o, width, 1e-5f);
            else if (type == ElementType.Float32) RmsNorm.Run<Float32, Lanes256>((float*)r, (Float32*)d, (float*)w, (Float32*)o, width, 1e-5f);
            else if (wide) RmsNorm.Run<BFloat16, Lanes512>((float*)r, (BFloat16*)d, (float*)w, (BFloat16*)o, width, 1e-5f);
            else RmsNorm.Run<BFloat16, Lanes256>((float*)r, (BFloat16*)d, (float*)w, (BFloat16*)o, width, 1e-5f);

            residual.ShouldBe(sum);
            output.ShouldBe([.. sum.Zip(weight.Values(), (x, y) => x * scale * y)]);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void SiluMul_Run_IsTheDefinition(ElementType type, bool wide)
    {
        var random = new Random(2);
        foreach (var width in Sizes)
        {
            using var gateUp = Operand.Random(type, 2 * width, random, 8);
            using var output = Operand.Poisoned(type, width);
            var x = gateUp.Values();

            var (from, to) = (gateUp.Address, output.Address);
            if (type == ElementType.Float32 && wide) SiluMul.Run<Float32, Lanes512>((Float32*)from, (Float32*)to, width);
            else if (type == ElementType.Float32) SiluMul.Run<Float32, Lanes256>((Float32*)from, (Float32*)to, width);
            else if (wide) SiluMul.Run<BFloat16, Lanes512>((BFloat16*)from, (BFloat16*)to, width);
            else SiluMul.Run<BFloat16, Lanes256>((BFloat16*)from, (BFloat16*)to, width);

            output.ShouldBe([.. Enumerable.Range(0, width).Select(i => x[i] / (1 + Math.Exp(-x[i])) * x[width + i])]);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Rotary_Rotate_TurnsEachPair(ElementType type, bool wide)
    {
        var random = new Random(3);
        foreach (var half in Sizes)
        {
            using var head = Operand.Random(type, 2 * half, random);
            using var cosines = Operand.Random(ElementType.Float32, half, random);
            using var sines = Operand.Random(ElementType.Float32, half, random);
            var (x, cos, sin) = (head.Values(), cosines.Values(), sines.Values());

            var h = head.Address;
            var c = (float*)cosines.Address;
            var s = (float*)sines.Address;
            if (type == ElementType.Float32 && wide) Rotary.Run<Float32, Lanes512>((Float32*)h, c, s, half);
            else if (type == ElementType.Float32) Rotary.Run<Float32, Lanes256>((Float32*)h, c, s, half);
            else if (wide) Rotary.Run<BFloat16, Lanes512>((BFloat16*)h, c, s, half);
            else Rotary.Run<BFloat16, Lanes256>((BFloat16*)h, c, s, half);

            head.ShouldBe(
            [
                .. Enumerable.Range(0, half).Select(i => (double)x[i] * cos[i] - (double)x[half + i] * sin[i]),
                .. Enumerable.Range(0, half).Select(i => (double)x[half + i] * cos[i] + (double)x[i] * sin[i]),
            ]);
        }
    }
}
