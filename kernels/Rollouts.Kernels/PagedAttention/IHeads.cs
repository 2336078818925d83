namespace Rollouts.Kernels;

/// <summary>How many query heads share a pass over keys and values: a constant to the compiler, which leaves out what fewer heads do not need.</summary>
internal interface IHeads
{
    static abstract int Count { get; }
}

internal readonly struct OneHead : IHeads
{
    public static int Count => 1;
}

internal readonly struct TwoHeads : IHeads
{
    public static int Count => 2;
}

internal readonly struct ThreeHeads : IHeads
{
    public static int Count => 3;
}

internal readonly struct FourHeads : IHeads
{
    public static int Count => 4;
}
