using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Rollouts.Kernels;

/// <summary>ILGPU's CPU accelerator: every thread of a kernel is a thread.</summary>
internal sealed class SimulatedDevice : KernelDevice
{
    private const int WarpSize = 32;
    private const int MaxWarps = 16;

    private readonly Context _context = NewContext(builder => builder.CPU(new CPUDevice(WarpSize, MaxWarps, 1)));
    private readonly CPUAccelerator _accelerator;

    public SimulatedDevice() => _accelerator = _context.CreateCPUAccelerator(0);

    internal override Accelerator Accelerator => _accelerator;

    internal override AcceleratorStream AcceleratorStream => _accelerator.DefaultStream;

    public override DeviceMemory Allocate(long bytes) => Noted(new DeviceMemory(bytes));

    public override SleepableMemory AllocateSleepable(long bytes) => Noted(new SimulatedSleepableMemory(bytes));

    public override SleepableMemory AllocateShared(long bytes, IReadOnlyList<KernelDevice> others) => AllocateSleepable(bytes);

    public override unsafe void Copy(nint from, nint to, long bytes) => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);

    public override unsafe void Fill(nint address, byte value, long bytes) => new Span<byte>((void*)address, checked((int)bytes)).Fill(value);

    public override void Synchronise() => _accelerator.Synchronize();

    public override void Bind()
    {
    }

    public override (long Free, long Total) Memory
    {
        get
        {
            var info = GC.GetGCMemoryInfo();
            return (info.TotalAvailableMemoryBytes - info.MemoryLoadBytes, info.TotalAvailableMemoryBytes);
        }
    }

    public override HostMemory AllocateHost(long bytes) => Noted(new HostMemory(bytes));

    public override DeviceGraph Capture(Action work) => new SimulatedGraph(work);

    public override DeviceEvent NewEvent() => new SimulatedEvent(this);

    public override void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }
}
