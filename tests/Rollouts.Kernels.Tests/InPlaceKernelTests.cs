namespace Rollouts.Kernels.Tests;

/// <summary>The kernels that change a head where it stands, over odd sizes, against plain double arithmetic.</summary>
public unsafe class InPlaceKernelTests
{
    private static IEnumerable<int> Sizes => [1, 2, 8, 9, 16, 17, 31, 64, 128, 513];

    [Theory]
    [MemberData(nameof(ElementKernelTests.Paths), MemberType = typeof(ElementKernelTests))]
    public void RmsNorm_Normalise_IsTheDefinition(ElementType type, bool wide)
    {
        var random = new Random(1);
        foreach (var width in Sizes)
        {
            using var row = Operand.Random(type, width, random, 3);
            using var weight = Operand.Random(ElementType.Float32, width, random);
            var x = row.Values();
            var scale = 1 / Math.Sqrt(x.Sum(v => (double)v * v) / width + 1e-5);

            var (at, w) = (row.Address, weight.Address);
            if (type == ElementType.Float32 && wide) RmsNorm.RunInPlace<Float32, Lanes512>((Float32*)at, (float*)w, width, 1e-5f);
            else if (type == ElementType.Float32) RmsNorm.RunInPlace<Float32, Lanes256>((Float32*)at, (float*)w, width, 1e-5f);
            else if (wide) RmsNorm.RunInPlace<BFloat16, Lanes512>((BFloat16*)at, (float*)w, width, 1e-5f);
            else RmsNorm.RunInPlace<BFloat16, Lanes256>((BFloat16*)at, (float*)w, width, 1e-5f);

            row.ShouldBe([.. x.Zip(weight.Values(), (v, y) => v * scale * y)]);
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Rotary_RotatePairs_TurnsNeighbours(ElementType type)
    {
        var random = new Random(2);
        foreach (var half in Sizes)
        {
            using var head = Operand.Random(type, 2 * half, random);
            using var cosines = Operand.Random(ElementType.Float32, half, random);
            using var sines = Operand.Random(ElementType.Float32, half, random);
            var (x, cos, sin) = (head.Values(), cosines.Values(), sines.Values());

            Rotary.RotatePairs(head.Address, type, (float*)cosines.Address, (float*)sines.Address, 2 * half);

            head.ShouldBe([.. Enumerable.Range(0, half).SelectMany(i => new[] { (double)x[2 * i] * cos[i] - (double)x[2 * i + 1] * sin[i], (double)x[2 * i + 1] * cos[i] + (double)x[2 * i] * sin[i] })]);
        }
    }
}
