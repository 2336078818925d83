using Rollouts.Kernels;

namespace Rollouts.Engine.Tests;

/// <summary>The devices that engines are tested on, shared, for each takes a moment to open and to compile for. Deterministic, for that must be said before a GPU is opened.</summary>
public sealed class EngineDevices : IDisposable
{
    /// <summary>ILGPU's CPU accelerator, slow.</summary>
    public Lazy<KernelDevice> Simulated { get; } = new(KernelDevice.Simulated);

    /// <summary>Two more of them, for ranks.</summary>
    public Lazy<KernelDevice[]> SimulatedPair { get; } = new(() => [KernelDevice.Simulated(), KernelDevice.Simulated()]);

    /// <summary>The first GPU, where there is one.</summary>
    public CudaDevice? Gpu { get; } = CudaDevice.Count == 0 ? null : DeviceEngineLoader.Open(new EngineOptions { Device = DevicePlacement.Gpu(0), Deterministic = true })[0];

    /// <summary>The first GPU twice, for ranks that share it.</summary>
    public Lazy<CudaDevice[]> SharedGpu { get; } = new(() => [new CudaDevice(0), new CudaDevice(0)]);

    /// <summary>The first two GPUs.</summary>
    public Lazy<CudaDevice[]> GpuPair { get; } = new(() => [new CudaDevice(0), new CudaDevice(1)]);

    /// <summary>The GPU, or the test is skipped.</summary>
    public CudaDevice NeedGpu()
    {
        Assert.SkipWhen(Gpu is null, "no GPU here");
        return Gpu!;
    }

    public void Dispose()
    {
        foreach (var gpus in new[] { SharedGpu, GpuPair }.Where(g => g.IsValueCreated))
            foreach (var gpu in gpus.Value) gpu.Dispose();
        Gpu?.Dispose();
        if (Simulated.IsValueCreated) Simulated.Value.Dispose();
        if (!SimulatedPair.IsValueCreated) return;
        foreach (var device in SimulatedPair.Value) device.Dispose();
    }
}

/// <summary>Alone: the simulated device has hundreds of threads that wait for each other, and suffers beside others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EngineDeviceCollection : ICollectionFixture<EngineDevices>
{
    public const string Name = "kernel devices";
}
