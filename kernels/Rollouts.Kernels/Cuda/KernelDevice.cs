using ILGPU;
using ILGPU.Runtime;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// Where the ILGPU kernels run: a GPU (<see cref="CudaDevice"/>), or ILGPU's CPU accelerator, which runs the same code thread by thread so that
/// every kernel is tested on a machine without a GPU. Kernels take raw addresses of this device; launches go to one stream, in order.
/// </summary>
public abstract class KernelDevice : IDisposable
{
    private readonly Dictionary<object, Delegate> _loaded = [];
    private AllocationScope? _scope;
    private int _injected;

    /// <summary>ILGPU's own settings: level O2 takes branches that depend on inline instructions for uniform, and such kernels compute
    /// nonsense.</summary>
    internal static Context NewContext(Action<Context.Builder> devices) => Context.Create(builder =>
    {
        devices(builder);
        builder.Optimize(OptimizationLevel.O1).Inlining(InliningMode.Aggressive);
    });

    /// <summary>The CPU accelerator, with warps of 32: slow, exact, and the same code.</summary>
    public static KernelDevice Simulated() => new SimulatedDevice();

    internal abstract Accelerator Accelerator { get; }

    internal abstract AcceleratorStream AcceleratorStream { get; }

    /// <summary>The most threads a group may have here.</summary>
    internal int MaxThreads => Accelerator.MaxNumThreadsPerGroup;

    /// <summary>New memory of this device; its contents are undefined.</summary>
    public abstract DeviceMemory Allocate(long bytes);

    /// <summary>New memory that can be given back for a while; its contents are undefined.</summary>
    public abstract SleepableMemory AllocateSleepable(long bytes);

    /// <summary>New memory of this device that others' kernels read and write too; its contents are undefined.</summary>
    /// <param name="others">The other devices; this one may be among them.</param>
    public abstract SleepableMemory AllocateShared(long bytes, IReadOnlyList<KernelDevice> others);

    /// <summary>Copies between this device's memory and the host's, in the order of the stream; host memory must stay until the stream has
    /// passed.</summary>
    public abstract void Copy(nint from, nint to, long bytes);

    /// <summary>Sets every byte.</summary>
    public abstract void Fill(nint address, byte value, long bytes);

    /// <summary>Waits until all launched work is done.</summary>
    public abstract void Synchronise();

    /// <summary>Makes the device current on the calling thread: once a thread, before its first call.</summary>
    public abstract void Bind();

    /// <summary>Bytes free and in all.</summary>
    public abstract (long Free, long Total) Memory { get; }

    /// <summary>Host memory that copies to and from the device need not wait for; zeroed.</summary>
    public abstract HostMemory AllocateHost(long bytes);

    /// <summary>Takes down what <paramref name="work"/> gives to the stream, to be launched as one, again and again. The work has run once
    /// before.</summary>
    public abstract DeviceGraph Capture(Action work);

    /// <summary>A mark to be set in the stream.</summary>
    public abstract DeviceEvent NewEvent();

    /// <summary>For tests of what follows: from here on every wait and launch fails with this CUresult, as after a memory error that cannot be corrected (214).</summary>
    public void Inject(int code) => _injected = code;

    /// <summary>Fails where a failure was injected.</summary>
    internal void ThrowInjected()
    {
        if (_injected != 0) throw new CudaFailure(_injected, $"CUDA: error {_injected} (injected)");
    }

    /// <summary>Notes what is allocated from here on, for the case that what it is for fails; one at a time.</summary>
    public AllocationScope BeginScope() => _scope = new AllocationScope(this);

    internal void EndScope(AllocationScope scope)
    {
        if (_scope == scope) _scope = null;
    }

    /// <summary>Notes an allocation where somebody asked for that.</summary>
    protected T Noted<T>(T memory)
        where T : IDisposable
    {
        _scope?.Add(memory);
        return memory;
    }

    /// <summary>Compiles a kernel, so that a later launch only launches.</summary>
    internal void Load<TArguments>(Kernel<TArguments> kernel)
        where TArguments : unmanaged => Launcher(kernel);

    /// <summary>Launches groups of <paramref name="threads"/> threads, each group with <paramref name="sharedBytes"/> of dynamic shared
    /// memory.</summary>
    internal void Launch<TArguments>(Kernel<TArguments> kernel, Index3D grid, int threads, in TArguments arguments, int sharedBytes = 0)
        where TArguments : unmanaged
    {
        if (grid.Size == 0) return;
        ThrowInjected();
        var group = new Index3D(threads, 1, 1);
        var config = sharedBytes == 0 ? new KernelConfig(grid, group) : new KernelConfig(grid, group,
            SharedMemoryConfig.RequestDynamic<byte>(sharedBytes));
        Launcher(kernel)(AcceleratorStream, config, arguments);
    }

    private Action<AcceleratorStream, KernelConfig, TArguments> Launcher<TArguments>(Kernel<TArguments> kernel)
        where TArguments : unmanaged
    {
        if (_loaded.TryGetValue(kernel, out var loaded)) return (Action<AcceleratorStream, KernelConfig, TArguments>)loaded;
        var launcher = Accelerator.LoadKernel(kernel.Body, kernel.SpecializationFor(MaxThreads));
        _loaded.Add(kernel, launcher);
        return launcher;
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
