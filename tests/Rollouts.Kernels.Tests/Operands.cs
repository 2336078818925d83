namespace Rollouts.Kernels.Tests;

/// <summary>Random operands of either element type, and both vector widths to run them on.</summary>
internal sealed unsafe class Operand : IDisposable
{
    private readonly NativeBuffer _memory;

    public Operand(ElementType type, float[] values)
    {
        Type = type;
        _memory = new NativeBuffer(Math.Max(1, values.Length) * type.Bytes());
        fixed (float* from = values) ElementTypes.Convert((nint)from, ElementType.Float32, _memory.Address, type, values.Length);
        Length = values.Length;
    }

    public ElementType Type { get; }

    public int Length { get; }

    public nint Address => _memory.Address;

    public static Operand Random(ElementType type, int length, Random random, float scale = 1) =>
        new(type, [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2 - 1) * scale)]);

    /// <summary>Poisoned, so that an element that was never written shows.</summary>
    public static Operand Poisoned(ElementType type, int length) => new(type, [.. Enumerable.Repeat(float.NaN, length)]);

    /// <summary>As they are stored: bfloat16 ones are rounded.</summary>
    public float[] Values()
    {
        var values = new float[Length];
        fixed (float* to = values) ElementTypes.Convert(_memory.Address, Type, (nint)to, ElementType.Float32, Length);
        return values;
    }

    public void ShouldBe(double[] expected)
    {
        var values = Values();
        // bfloat16 keeps 8 bits: half a unit in the last place is 2^-9, doubled for a rounding that fell the other way.
        var tolerance = Type == ElementType.Float32 ? 2e-6 : 1.0 / 256;
        for (var i = 0; i < expected.Length; i++)
            Math.Abs(values[i] - expected[i]).ShouldBeLessThanOrEqualTo(tolerance * Math.Max(1, Math.Abs(expected[i])), $"element {i}: {values[i]}, {expected[i]}");
    }

    public void Dispose() => _memory.Dispose();
}
