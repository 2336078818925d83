namespace Rollouts.Kernels;

/// <summary>
/// A vector of floats of one width. Kernels are written once over this and compiled for each width: 256 bits everywhere, 512 where the CPU has AVX-512.
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Floats in the vector.</summary>
    static abstract int Count { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Load(float* from);

    /// <summary>Widens bfloat16, exactly.</summary>
    static abstract TSelf LoadBFloat16(ushort* from);

    /// <summary>Widens twice as many: the even ones and the odd ones, an instruction each.</summary>
    static abstract void LoadBFloat16Pair(ushort* from, out TSelf even, out TSelf odd);

    static abstract void Store(TSelf value, float* to);

    /// <summary>Rounds to bfloat16, to nearest even.</summary>
    static abstract void StoreBFloat16(TSelf value, ushort* to);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf Add(TSelf left, TSelf right);

    static abstract TSelf Subtract(TSelf left, TSelf right);

    static abstract TSelf Multiply(TSelf left, TSelf right);

    static abstract TSelf Divide(TSelf left, TSelf right);

    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>To two units in the last place; 0 below <see cref="ExpPolynomial.Smallest"/>.</summary>
    static abstract TSelf Exp(TSelf value);

    /// <summary>Whether any element of the left is smaller.</summary>
    static abstract bool AnyLess(TSelf left, TSelf right);

    static abstract float Sum(TSelf value);

    /// <summary>The sums of four vectors; each in the same order, whichever of the four it is.</summary>
    static abstract void SumFour(TSelf a, TSelf b, TSelf c, TSelf d, float* to);

    static abstract float Largest(TSelf value);
}
