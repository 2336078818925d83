using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// Work captured from a stream once and launched as one. Addresses and sizes are those of the capture; what changes from step to step is read by the
/// kernels from device memory. Nothing may allocate or wait inside a capture: run the work once before, so that every kernel is loaded.
/// </summary>
public sealed class CudaGraph : DeviceGraph
{
    private readonly CudaDevice _device;
    private nint _executable;

    private CudaGraph(CudaDevice device, nint executable) => (_device, _executable) = (device, executable);

    /// <summary>Captures what <paramref name="work"/> gives to the device's stream.</summary>
    /// <exception cref="CudaFailure">The work did something that a capture forbids.</exception>
    public static CudaGraph Capture(CudaDevice device, Action work)
    {
        device.Bind();
        CudaDriver.BeginCapture(device.Stream, CudaDriver.ThreadLocalCapture).ThrowOnError("cuStreamBeginCapture");
        var graph = nint.Zero;
        try
        {
            work();
        }
        finally
        {
            // The stream must leave the capture whatever happened, or every later call on it fails.
            var ended = CudaDriver.EndCapture(device.Stream, out graph);
            if (graph == 0) ended.ThrowOnError("cuStreamEndCapture");
        }

        try
        {
            CudaDriver.Instantiate(out var executable, graph, 0).ThrowOnError("cuGraphInstantiate");
            return new CudaGraph(device, executable);
        }
        finally
        {
            _ = CudaDriver.DestroyGraph(graph);
        }
    }

    /// <inheritdoc/>
    public override void Launch() => CudaDriver.LaunchGraph(_executable, _device.Stream).ThrowOnError("cuGraphLaunch");

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _executable, 0) is var owned and not 0) _ = CudaDriver.DestroyExecutable(owned);
    }
}
