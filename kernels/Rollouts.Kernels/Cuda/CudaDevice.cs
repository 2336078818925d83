using System.Runtime.CompilerServices;
using System.Text;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// One GPU: ILGPU on the device's primary context, which libtorch uses too, and the one stream on which all work of a rank goes, ours and
/// libtorch's. Dispose graphs, events and memory first, then this.
/// </summary>
public sealed class CudaDevice : KernelDevice
{
    private readonly Context _context;
    private readonly CudaAccelerator _accelerator;
    private readonly CudaStream _stream;
    private readonly nint _ownContext;
    private readonly nint _primaryContext;
    private int _disposed;

    /// <param name="ordinal">Which GPU, as the driver counts.</param>
    /// <exception cref="CudaFailure">No driver, or no such device.</exception>
    public CudaDevice(int ordinal = 0)
    {
        Ordinal = ordinal;
        CudaDriver.Initialise(0).ThrowOnError("cuInit");
        _context = NewContext(builder => builder.Cuda());
        _accelerator = _context.CreateCudaAccelerator(ordinal);
        _ownContext = _accelerator.NativePtr;
        CudaDriver.RetainPrimaryContext(out _primaryContext, ordinal).ThrowOnError("cuDevicePrimaryCtxRetain");
        SetNativePointer(_accelerator, _primaryContext);
        Bind();
        _stream = (CudaStream)_accelerator.CreateStream();
    }

    /// <summary>How many GPUs the driver shows; 0 where there is no driver.</summary>
    public static int Count
    {
        get
        {
            try
            {
                return CudaDriver.Initialise(0) == CudaDriver.Ok && CudaDriver.GetDeviceCount(out var count) == CudaDriver.Ok ? count : 0;
            }
            catch (DllNotFoundException)
            {
                return 0;
            }
        }
    }

    /// <summary>A GPU's name, without opening it.</summary>
    public static string NameOf(int ordinal)
    {
        Span<byte> name = stackalloc byte[128];
        CudaDriver.GetDevice(out var device, ordinal).ThrowOnError("cuDeviceGet");
        CudaDriver.GetDeviceName(ref name[0], name.Length, device).ThrowOnError("cuDeviceGetName");
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }

    /// <summary>Which GPU.</summary>
    public int Ordinal { get; }

    /// <summary>The device's name, as <c>NVIDIA H200</c>.</summary>
    public string Name => _accelerator.Name;

    /// <summary>Multiprocessors.</summary>
    public int NumMultiprocessors => _accelerator.NumMultiprocessors;

    /// <summary>CUstream: make it libtorch's current stream, and its work and ours stand in one order.</summary>
    public nint Stream => _stream.StreamPtr;

    internal override Accelerator Accelerator => _accelerator;

    internal override AcceleratorStream AcceleratorStream => _stream;

    /// <inheritdoc/>
    public override void Bind() => CudaDriver.SetCurrentContext(_primaryContext).ThrowOnError("cuCtxSetCurrent");

    /// <inheritdoc/>
    public override (long Free, long Total) Memory
    {
        get
        {
            CudaDriver.GetMemoryInfo(out var free, out var total).ThrowOnError("cuMemGetInfo");
            return ((long)free, (long)total);
        }
    }

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long bytes) => Noted(new DeviceMemory(this, bytes));

    /// <inheritdoc/>
    public override SleepableMemory AllocateSleepable(long bytes) => Noted(new MappedMemory(this, bytes));

    /// <inheritdoc/>
    public override SleepableMemory AllocateShared(long bytes, IReadOnlyList<KernelDevice> others) =>
        Noted(new MappedMemory(this, bytes, [.. others.Cast<CudaDevice>().Select(o => o.Ordinal)]));

    /// <summary>Whether a GPU's kernels can reach another's memory.</summary>
    public static bool CanReach(int gpu, int other)
    {
        if (gpu == other) return true;
        CudaDriver.CanAccessPeer(out var can, gpu, other).ThrowOnError("cuDeviceCanAccessPeer");
        return can != 0;
    }

    /// <inheritdoc/>
    public override HostMemory AllocateHost(long bytes) => Noted(new HostMemory(this, bytes));

    /// <inheritdoc/>
    public override DeviceGraph Capture(Action work) => CudaGraph.Capture(this, work);

    /// <inheritdoc/>
    public override DeviceEvent NewEvent() => new CudaEvent(this);

    /// <inheritdoc/>
    public override void Copy(nint from, nint to, long bytes) => CudaDriver.CopyAsync(to, from, (nuint)bytes, Stream).ThrowOnError("cuMemcpyAsync");

    /// <inheritdoc/>
    public override void Fill(nint address, byte value, long bytes) => CudaDriver.FillAsync(address, value, (nuint)bytes,
        Stream).ThrowOnError("cuMemsetD8Async");

    /// <inheritdoc/>
    public override void Synchronise()
    {
        CudaDriver.SynchroniseStream(Stream).ThrowOnError("cuStreamSynchronize");
        ThrowInjected();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Try(() =>
        {
            Bind();
            _stream.Dispose();
        });
        // The accelerator destroys the context that it made, and only that one, also where its finalizer does.
        SetNativePointer(_accelerator, _ownContext);
        Try(_accelerator.Dispose);
        Try(_context.Dispose);
        _ = CudaDriver.ReleasePrimaryContext(Ordinal);
    }

    /// <summary>A GPU that has failed refuses this too; what it holds goes back with its context, or with the process.</summary>
    private static void Try(Action release)
    {
        try
        {
            release();
        }
        catch (Exception e) when (e is CudaException or CudaFailure)
        {
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_NativePtr")]
    private static extern void SetNativePointer(Accelerator accelerator, nint pointer);
}
