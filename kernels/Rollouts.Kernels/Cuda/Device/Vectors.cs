namespace Rollouts.Kernels.Cuda;

/// <summary>Four 32-bit words: what one thread moves with one instruction.</summary>
internal struct Words4
{
    public uint X, Y, Z, W;
}

/// <summary>Two words.</summary>
internal struct Words2
{
    public uint X, Y;
}

/// <summary>Two floats.</summary>
internal struct Floats2
{
    public float X, Y;
}

/// <summary>Four floats: one thread's part of a 16 x 8 product, and half of a row kernel's step.</summary>
internal struct Floats4
{
    public float X, Y, Z, W;

    public Floats4(float x, float y, float z, float w) => (X, Y, Z, W) = (x, y, z, w);

    public static Floats4 operator +(Floats4 a, Floats4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    public static Floats4 operator *(Floats4 a, Floats4 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);

    public static Floats4 operator *(Floats4 a, float b) => new(a.X * b, a.Y * b, a.Z * b, a.W * b);

    public readonly float Dot(Floats4 other) => X * other.X + Y * other.Y + (Z * other.Z + W * other.W);
}

/// <summary>Eight floats: a row kernel's step, 16 bytes of a 16-bit type or 32 bytes of float.</summary>
internal struct Floats8
{
    public Floats4 Low, High;

    public Floats8(Floats4 low, Floats4 high) => (Low, High) = (low, high);

    public static Floats8 operator +(Floats8 a, Floats8 b) => new(a.Low + b.Low, a.High + b.High);

    public static Floats8 operator *(Floats8 a, Floats8 b) => new(a.Low * b.Low, a.High * b.High);

    public static Floats8 operator *(Floats8 a, float b) => new(a.Low * b, a.High * b);

    public readonly float Dot(Floats8 other) => Low.Dot(other.Low) + High.Dot(other.High);

    public readonly float SumOfSquares() => Low.Dot(Low) + High.Dot(High);
}
