namespace Rollouts.Kernels.Tests;

/// <summary>An operand in a kernel device's memory.</summary>
internal sealed unsafe class DeviceOperand : IDisposable
{
    private readonly KernelDevice _device;
    private readonly DeviceMemory _memory;

    private DeviceOperand(KernelDevice device, ElementType type, int length)
    {
        (_device, Type, Length) = (device, type, length);
        _memory = device.Allocate(Math.Max(16, (long)length * type.Bytes()));
    }

    public ElementType Type { get; }

    public int Length { get; }

    public nint Address => _memory.Address;

    public static DeviceOperand Of(KernelDevice device, ElementType type, float[] values)
    {
        var operand = new DeviceOperand(device, type, values.Length);
        fixed (byte* raw = Encode(type, values)) operand.Write((nint)raw);
        return operand;
    }

    public static DeviceOperand Random(KernelDevice device, ElementType type, int length, Random random, float scale = 1) =>
        Of(device, type, Numbers(length, random, scale));

    public static DeviceOperand Poisoned(KernelDevice device, ElementType type, int length) => Of(device, type,
        [.. Enumerable.Repeat(float.NaN, length)]);

    public static DeviceOperand Zeros(KernelDevice device, long bytes) => Of(device, ElementType.Float32, new float[(bytes + 3) / 4]);

    /// <summary>Integers have the size of float.</summary>
    public static DeviceOperand Integers(KernelDevice device, int[] values)
    {
        var operand = new DeviceOperand(device, ElementType.Float32, values.Length);
        fixed (int* raw = values) operand.Write((nint)raw);
        return operand;
    }

    /// <summary>As they are stored: 16-bit ones are rounded.</summary>
    public float[] Values() => Decode(Type, Raw())[..Length];

    public int[] Integers()
    {
        var raw = Raw();
        return [.. Enumerable.Range(0, Length).Select(i => BitConverter.ToInt32(raw, i * 4))];
    }

    /// <summary>The bytes, once the device has written them.</summary>
    public byte[] Raw()
    {
        var raw = new byte[Math.Max(16, Length * Type.Bytes())];
        fixed (byte* to = raw)
        {
            _device.Copy(Address, (nint)to, raw.Length);
            _device.Synchronise();
        }

        return raw;
    }

    /// <summary>Within a few roundings of the type, relative to the largest of the values or to 1.</summary>
    public void ShouldBe(double[] expected, double tolerance, string because = "")
    {
        var values = Values();
        values.Length.ShouldBe(expected.Length);
        for (var i = 0; i < expected.Length; i++)
            (Math.Abs(values[i] - expected[i]) <= tolerance * Math.Max(1,
                Math.Abs(expected[i]))).ShouldBeTrue($"{because}: element {i}: {values[i]}, not {expected[i]}");
    }

    public void Dispose() => _memory.Dispose();

    private void Write(nint raw)
    {
        _device.Copy(raw, Address, Length * Type.Bytes());
        _device.Synchronise();
    }

    private static float[] Numbers(int length, Random random, float scale)
    {
        var numbers = new float[length];
        for (var i = 0; i < length; i++) numbers[i] = (random.NextSingle() * 2 - 1) * scale;
        return numbers;
    }

    private static byte[] Encode(ElementType type, float[] values)
    {
        var raw = new byte[Math.Max(16, values.Length * type.Bytes())];
        for (var i = 0; i < values.Length; i++)
        {
            if (type == ElementType.Float32) BitConverter.TryWriteBytes(raw.AsSpan(4 * i), values[i]);
            else if (type == ElementType.Float16) BitConverter.TryWriteBytes(raw.AsSpan(2 * i), (Half)values[i]);
            else BitConverter.TryWriteBytes(raw.AsSpan(2 * i), BFloat16.Round(values[i]));
        }

        return raw;
    }

    private static float[] Decode(ElementType type, byte[] raw)
    {
        var values = new float[raw.Length / type.Bytes()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                ElementType.Float32 => BitConverter.ToSingle(raw, 4 * i),
                ElementType.Float16 => (float)BitConverter.ToHalf(raw, 2 * i),
                _ => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(raw, 2 * i) << 16),
            };
        }

        return values;
    }
}
