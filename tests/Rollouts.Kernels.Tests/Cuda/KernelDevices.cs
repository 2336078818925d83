namespace Rollouts.Kernels.Tests;

/// <summary>
/// The devices that kernel tests run on: ILGPU's CPU accelerator always, the first GPU where there is one. Shared, for each costs a moment to open.
/// With <c>ROLLOUTS_TEST_GPU_ONLY=1</c> the slow accelerator is left out.
/// </summary>
public sealed class KernelDevices : IDisposable
{
    public KernelDevices()
    {
        Gpu = CudaDevice.Count > 0 ? new CudaDevice() : null;
        Simulated = KernelDevice.Simulated();
        var gpuOnly = Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1";
        All = Gpu is null ? [Simulated] : gpuOnly ? [Gpu] : [Simulated, Gpu];
    }

    public IReadOnlyList<KernelDevice> All { get; }

    public KernelDevice Simulated { get; }

    public CudaDevice? Gpu { get; }

    /// <summary>The GPU, or the test is skipped.</summary>
    public CudaDevice NeedGpu()
    {
        Assert.SkipWhen(Gpu is null, "no GPU here");
        return Gpu!;
    }

    public void Dispose()
    {
        Gpu?.Dispose();
        Simulated.Dispose();
    }
}

/// <summary>Classes that share the devices: one launch at a time.</summary>
[CollectionDefinition(Name)]
public sealed class KernelDeviceCollection : ICollectionFixture<KernelDevices>
{
    public const string Name = "kernel devices";
}
