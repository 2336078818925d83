using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels.Tests;

/// <summary>The device object, its graphs and its failures; they need a GPU.</summary>
[Collection(KernelDeviceCollection.Name)]
public class CudaDeviceTests(KernelDevices devices)
{
    [Fact]
    public void Launch_GraphOfTwoKernels_SeesWhatItsInputsHaveBecome()
    {
        var gpu = devices.NeedGpu();
        using var table = DeviceOperand.Random(gpu, ElementType.Float32, 4 * 16, new Random(1));
        using var token = DeviceOperand.Integers(gpu, [1]);
        using var row = DeviceOperand.Poisoned(gpu, ElementType.Float32, 16);
        using var output = DeviceOperand.Poisoned(gpu, ElementType.Float32, 8);
        void Work()
        {
            Embedding.Gather(gpu, table.Address, ElementType.Float32, token.Address, row.Address, ElementType.Float32, 1, 16);
            SiluMul.Run(gpu, row.Address, output.Address, ElementType.Float32, 1, 8);
        }

        Work();
        using var graph = CudaGraph.Capture(gpu, Work);
        using var other = DeviceOperand.Integers(gpu, [3]);
        gpu.Copy(other.Address, token.Address, sizeof(int));
        graph.Launch();

        row.Values().ShouldBe(table.Values()[48..]);
        output.ShouldBe([.. Enumerable.Range(48,
            8).Select(i => table.Values()[i] / (1 + Math.Exp(-table.Values()[i])) * table.Values()[i + 8])], 2e-6);
    }

    [Fact]
    public void Capture_WorkThatThrows_LeavesTheStreamInUse()
    {
        var gpu = devices.NeedGpu();
        using var row = DeviceOperand.Random(gpu, ElementType.Float32, 16, new Random(2));

        Should.Throw<InvalidOperationException>(() => CudaGraph.Capture(gpu, () => throw new InvalidOperationException("no")));

        row.Values().Length.ShouldBe(16);
    }

    [Fact]
    public void Allocate_MoreThanThereIs_IsATypedErrorAndTheDeviceGoesOn()
    {
        var gpu = devices.NeedGpu();
        var failure = Should.Throw<CudaFailure>(() => gpu.Allocate(1L << 50));

        failure.IsOutOfMemory.ShouldBeTrue();
        failure.Message.ShouldContain("cuMemAlloc of 1125899906842624 bytes");
        using var row = DeviceOperand.Random(gpu, ElementType.Float32, 16, new Random(3));
        row.Values().Length.ShouldBe(16);
    }

    [Fact]
    public void Dispose_DeviceAfterItsWork_GivesMemoryBackAndAnotherOpens()
    {
        devices.NeedGpu();
        for (var i = 0; i < 2; i++)
        {
            using var gpu = new CudaDevice();
            var before = gpu.Memory.Free;
            using (var memory = gpu.Allocate(1L << 30))
            {
                gpu.Fill(memory.Address, 1, memory.Bytes);
                gpu.Synchronise();
                gpu.Memory.Free.ShouldBeLessThanOrEqualTo(before - (1L << 30));
            }

            gpu.Memory.Free.ShouldBe(before);
            gpu.Dispose();
        }
    }

    [Fact]
    public void HasPassed_EventBehindLongWork_TurnsTrueAfterSynchronise()
    {
        var gpu = devices.NeedGpu();
        using var start = new CudaEvent(gpu);
        using var end = new CudaEvent(gpu);
        using var memory = gpu.Allocate(1L << 30);
        start.Record();
        for (var i = 0; i < 20; i++) gpu.Fill(memory.Address, 1, memory.Bytes);
        end.Record();
        var early = end.HasPassed;

        end.Synchronise();

        early.ShouldBeFalse();
        end.HasPassed.ShouldBeTrue();
        end.MsSince(start).ShouldBeGreaterThan(0);
    }
}
