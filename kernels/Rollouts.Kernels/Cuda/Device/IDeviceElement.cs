namespace Rollouts.Kernels.Cuda;

/// <summary>A stored number as kernels see it, in steps of 8 and 4; arithmetic is in float.</summary>
internal interface IDeviceElement
{
    /// <summary>Bytes of one.</summary>
    static abstract int Bytes { get; }

    /// <summary>Reads what no kernel writes while it runs.</summary>
    static abstract Floats8 Read8(long address);

    /// <summary>Reads what the thread itself may have written.</summary>
    static abstract Floats8 Load8(long address);

    static abstract void Store8(long address, Floats8 value);

    static abstract Floats4 Read4(long address);

    static abstract void Store4(long address, Floats4 value);

    static abstract void Store2(long address, float first, float second);
}

/// <summary>Two numbers of 16 bits in a word, the first in the low half.</summary>
internal interface IPackedElement : IDeviceElement
{
    /// <summary>Rounds to nearest even.</summary>
    static abstract uint Pack(float low, float high);

    static abstract float Low(uint pair);

    static abstract float High(uint pair);

    /// <summary>Multiplies a 16 x 16 by a 16 x 8 tile on the tensor cores (<see cref="TensorCore"/>).</summary>
    static abstract Floats4 Multiply(Floats4 sum, Words4 a, uint b0, uint b1);
}
