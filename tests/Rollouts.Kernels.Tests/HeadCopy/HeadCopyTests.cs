namespace Rollouts.Kernels.Tests;

/// <summary>Parts of heads copied from one layout to another.</summary>
[Collection(KernelDeviceCollection.Name)]
public class HeadCopyTests(KernelDevices devices)
{
    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Copy_PartOfEveryHead_LeavesTheRest(ElementType type)
    {
        const int Rows = 3, Heads = 5, Width = 16, FromHead = 40, ToHead = 24, Plain = 8;
        foreach (var device in devices.All)
        {
            using var from = DeviceOperand.Random(device, type, Rows * Heads * FromHead, new Random(3));
            using var to = DeviceOperand.Random(device, type, Rows * Heads * ToHead, new Random(4));
            float[] source = from.Values(), expected = to.Values();
            for (var head = 0; head < Rows * Heads; head++) source.AsSpan(head * FromHead + Plain, Width).CopyTo(expected.AsSpan(head * ToHead + 8));

            HeadCopy.Copy(device, new DeviceHeadPart(from.Address + Plain * type.Bytes(), Heads * FromHead, FromHead), new DeviceHeadPart(to.Address + 8 * type.Bytes(), Heads * ToHead, ToHead),
                type, Rows, Heads, Width);

            to.Values().ShouldBe(expected);
        }
    }
}
