namespace Rollouts.Kernels.Tests;

/// <summary>The GPU's attention over odd shapes, shuffled blocks, splits and windows, against softmax over the whole sequence in double.</summary>
[Collection(KernelDeviceCollection.Name)]
public class PagedAttentionCudaTests(KernelDevices devices)
{
    // Lengths around the ends of blocks and splits. The simulated device is slow: short sequences, few heads.
    public static TheoryData<ElementType, int, int, int, int[]> Shapes => new()
    {
        { ElementType.BFloat16, 64, 4, 0, [17] },
        { ElementType.BFloat16, 80, 2, 0, [33] },
        { ElementType.BFloat16, 96, 1, 0, [16] },
        { ElementType.BFloat16, 128, 4, 0, [70] },
        { ElementType.BFloat16, 128, 7, 20, [37] },
        { ElementType.BFloat16, 256, 3, 0, [20] },
        { ElementType.BFloat16, 64, 11, 0, [19] },
        { ElementType.BFloat16, 64, 2, 40, [530] },
        { ElementType.Float16, 64, 8, 0, [20] },
        { ElementType.Float16, 128, 16, 0, [18] },
        { ElementType.Float16, 80, 1, 5, [18] },
        { ElementType.Float32, 128, 4, 0, [1, 33] },
        { ElementType.Float32, 256, 1, 50, [530] },
        { ElementType.Float32, 8, 3, 40, [600] },
        { ElementType.BFloat16, 40, 5, 0, [50] },
        { ElementType.Float16, 200, 2, 17, [50] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attend_OddShapes_IsDenseAttention(ElementType type, int size, int group, int window, int[] lengths)
    {
        foreach (var device in devices.All) Check(device, type, size, group, window, lengths, kvHeads: 2);
    }

    [Fact]
    public void Attend_ManyShapesOnAGpu_IsDenseAttention()
    {
        var gpu = devices.NeedGpu();
        var random = new Random(11);
        int[] sizes = [64, 80, 96, 128, 256, 8, 72, 192, 248];
        for (var trial = 0; trial < 60; trial++)
        {
            int[] lengths = [.. Enumerable.Range(0, 6).Select(_ => new[] { 1 + random.Next(40), 1 + random.Next(1600), 511 + random.Next(3),
                1023 + random.Next(3), 255 + random.Next(3), 2000 }[random.Next(6)])];
            Check(gpu, (ElementType)random.Next(3), sizes[trial % sizes.Length], 1 + random.Next(16),
                trial % 4 == 0 ? 1 + random.Next(900) : 0, lengths, 1 + random.Next(3), random.Next());
        }
    }

    [Fact]
    public void Attend_200TimesOnAGpu_GivesTheSameBits()
    {
        var gpu = devices.NeedGpu();
        foreach (var type in new[] { ElementType.BFloat16, ElementType.Float32 })
        {
            using var problem = new AttentionProblem(gpu, type, 128, 4, 0, [.. Enumerable.Range(0, 64).Select(i => 100 + i * 30)], 8, 5);
            var first = problem.Run();
            for (var i = 0; i < 200; i++) problem.Run().SequenceEqual(first).ShouldBeTrue($"run {i}");
        }
    }

    [Fact]
    public void Attend_HeadOfOddSize_IsRefused()
    {
        var kv = new DevicePagedKv(0, 0, ElementType.BFloat16, 1, 100);

        Should.Throw<ArgumentException>(() => PagedAttention.Attend(devices.Simulated, kv, 1, default, 1, 0)).Message.ShouldContain("head size 100");
    }

    private static void Check(KernelDevice device, ElementType type, int size, int group, int window, int[] lengths, int kvHeads, int seed = 1)
    {
        using var problem = new AttentionProblem(device, type, size, group, window, lengths, kvHeads, seed);

        problem.Run();

        problem.Output.ShouldBe(problem.Expected(), Tolerance(type),
            $"{device.GetType().Name} {type} size {size} group {group} window {window} lengths {string.Join(' ', lengths)}");
    }

    // The weights are rounded to the type before they meet the values, and so is the output.
    private static double Tolerance(ElementType type) => type switch
    {
        ElementType.Float32 => 3e-6,
        ElementType.Float16 => 2e-3,
        _ => 1.2e-2,
    };
}
