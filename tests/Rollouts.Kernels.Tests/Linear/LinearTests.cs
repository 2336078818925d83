namespace Rollouts.Kernels.Tests;

/// <summary>Products over odd shapes, both element types and both vector widths, against plain double arithmetic; and a row alone against the same row among others.</summary>
public unsafe class LinearTests
{
    public static TheoryData<ElementType, bool> Paths => ElementKernelTests.Paths;

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_OddShapes_IsTheProduct(ElementType type, bool wide)
    {
        var random = new Random(5);
        for (var trial = 0; trial < 60; trial++)
        {
            var (rows, inputs, outputs) = (1 + random.Next(11), 1 + random.Next(150), 1 + random.Next(trial % 5 == 0 ? 700 : 70));
            using var weight = Operand.Random(type, outputs * inputs, random, 0.2f);
            using var bias = Operand.Random(type, outputs, random);
            using var input = Operand.Random(type, rows * inputs, random);

            using var output = Product(weight, trial % 2 == 0 ? bias : null, input, rows, wide);

            var (w, x, b) = (weight.Values(), input.Values(), bias.Values());
            output.ShouldBe([.. from r in Enumerable.Range(0, rows) from n in Enumerable.Range(0, outputs)
                select (trial % 2 == 0 ? b[n] : 0) + Enumerable.Range(0, inputs).Sum(k => (double)w[n * inputs + k] * x[r * inputs + k])]);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_ARowAmongOthers_HasTheSameBits(ElementType type, bool wide)
    {
        var random = new Random(6);
        foreach (var (inputs, outputs) in new[] { (64, 37), (201, 96), (576, 130) })
        {
            using var weight = Operand.Random(type, outputs * inputs, random, 0.2f);
            using var input = Operand.Random(type, 13 * inputs, random);
            using var together = Product(weight, null, input, 13, wide);
            foreach (var (first, count) in new[] { (0, 1), (3, 1), (12, 1), (5, 2), (2, 3), (1, 6), (4, 9) })
            {
                using var some = new Operand(type, input.Values()[(first * inputs)..((first + count) * inputs)]);
                using var alone = Product(weight, null, some, count, wide);
                alone.Values().ShouldBe(together.Values()[(first * outputs)..((first + count) * outputs)]);
            }
        }
    }

    private static Operand Product(Operand weight, Operand? bias, Operand input, int rows, bool wide)
    {
        var (type, inputs) = (weight.Type, input.Length / rows);
        var outputs = weight.Length / inputs;
        using var prepared = new NativeBuffer((long)input.Length * sizeof(float));
        var output = Operand.Poisoned(type, rows * outputs);
        for (var r = 0; r < rows; r++) Prepare(type, wide, input.Address + r * inputs * type.Bytes(), (float*)prepared.Address + r * inputs, inputs);
        var operands = new LinearOperands(weight.Address, bias?.Address ?? 0, prepared.Address, output.Address, type, inputs, outputs, outputs, rows, Linear.OutputsPerItem(outputs, rows % 2 + 1));
        for (var item = 0; item < operands.Items; item++) Multiply(operands, wide, item);
        return output;
    }

    private static void Prepare(ElementType type, bool wide, nint input, float* prepared, int width)
    {
        if (type == ElementType.Float32 && wide) Linear.Prepare<Float32, Lanes512>((Float32*)input, prepared, width);
        else if (type == ElementType.Float32) Linear.Prepare<Float32, Lanes256>((Float32*)input, prepared, width);
        else if (wide) Linear.Prepare<BFloat16, Lanes512>((BFloat16*)input, prepared, width);
        else Linear.Prepare<BFloat16, Lanes256>((BFloat16*)input, prepared, width);
    }

    private static void Multiply(in LinearOperands operands, bool wide, int item)
    {
        if (operands.Type == ElementType.Float32 && wide) Linear.Multiply<Float32, Lanes512>(operands, item);
        else if (operands.Type == ElementType.Float32) Linear.Multiply<Float32, Lanes256>(operands, item);
        else if (wide) Linear.Multiply<BFloat16, Lanes512>(operands, item);
        else Linear.Multiply<BFloat16, Lanes256>(operands, item);
    }
}
