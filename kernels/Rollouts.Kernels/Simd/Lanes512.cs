using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

/// <summary>Sixteen floats.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    private readonly Vector512<float> _value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(ushort* from) => new((Avx512F.ConvertToVector512Int32(Vector256.Load(from)) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadBFloat16Pair(ushort* from, out Lanes512 even, out Lanes512 odd)
    {
        var pairs = Vector512.Load((uint*)from);
        even = new((pairs << 16).AsSingle());
        odd = new((pairs & Vector512.Create(0xFFFF0000)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* to) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes512 value, ushort* to)
    {
        var bits = value._value.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
        Vector256.Narrow(rounded.GetLower(), rounded.GetUpper()).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 left, Lanes512 right, Lanes512 addend) => new(Vector512.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Add(Lanes512 left, Lanes512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Subtract(Lanes512 left, Lanes512 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 left, Lanes512 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Divide(Lanes512 left, Lanes512 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 left, Lanes512 right) => new(Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Exp(Lanes512 value)
    {
        var x = Vector512.Min(value._value, Vector512.Create(ExpPolynomial.Largest));
        var n = Vector512.Round(x * ExpPolynomial.Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpPolynomial.Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpPolynomial.Ln2Low), r);
        var y = Vector512.Create(ExpPolynomial.C5);
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(ExpPolynomial.C4));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(ExpPolynomial.C3));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(ExpPolynomial.C2));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(ExpPolynomial.C1));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(ExpPolynomial.C0));
        y = Vector512.FusedMultiplyAdd(y, r * r, r + Vector512<float>.One);
        var power = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        return new(Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(ExpPolynomial.Smallest)), Vector512<float>.Zero, y * power.AsSingle()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyLess(Lanes512 left, Lanes512 right) => Vector512.LessThanAny(left._value, right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 value) => Vector512.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(Lanes512 a, Lanes512 b, Lanes512 c, Lanes512 d, float* to) => Lanes256.SumFour(Folded(a), Folded(b), Folded(c), Folded(d), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes256 Folded(Lanes512 value) => new(value._value.GetLower() + value._value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes512 value) =>
        Lanes256.Largest(new Lanes256(Vector256.Max(value._value.GetLower(), value._value.GetUpper())));
}
