namespace Rollouts.Kernels.Tests;

/// <summary>Memory that is given back for a while.</summary>
[Collection(KernelDeviceCollection.Name)]
public unsafe class SleepableMemoryTests(KernelDevices devices)
{
    [Fact]
    public void SleepAndWake_KeptAndNot_HoldContentsOrZerosAtTheSameAddress()
    {
        foreach (var device in devices.All)
        {
            using SleepableMemory kept = device.AllocateSleepable(1 << 16), lost = device.AllocateSleepable(1 << 16);
            device.Fill(kept.Address, 7, kept.Bytes);
            device.Fill(lost.Address, 7, lost.Bytes);
            var before = (kept.Address, lost.Address);

            kept.Sleep(keepsContents: true);
            lost.Sleep(keepsContents: false);
            kept.Wake();
            lost.Wake();

            (kept.Address, lost.Address).ShouldBe(before);
            Bytes(device, kept).ShouldAllBe(b => b == 7);
            Bytes(device, lost).ShouldAllBe(b => b == 0);
        }
    }

    [Fact]
    public void Sleep_OnAGpu_GivesTheMemoryBack()
    {
        var gpu = devices.NeedGpu();
        using var memory = gpu.AllocateSleepable(1L << 30);
        var held = gpu.Memory.Free;

        memory.Sleep(keepsContents: false);

        (gpu.Memory.Free - held).ShouldBeGreaterThanOrEqualTo(1L << 30);
        memory.Wake();
        (gpu.Memory.Free - held).ShouldBeLessThan(1L << 30);
    }

    private static byte[] Bytes(KernelDevice device, SleepableMemory memory)
    {
        var bytes = new byte[memory.Bytes];
        fixed (byte* to = bytes)
        {
            device.Copy(memory.Address, (nint)to, memory.Bytes);
            device.Synchronise();
        }

        return bytes;
    }
}
