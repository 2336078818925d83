namespace Rollouts.Kernels.Cuda;

/// <summary>The CUDA driver refused a call. A failure of the device itself (ECC, an illegal address) makes every later call fail too.</summary>
/// <param name="code">CUresult.</param>
public sealed class CudaFailure(int code, string message) : Exception(message)
{
    private const int OutOfMemoryCode = 2;

    /// <summary>CUresult.</summary>
    public int Code { get; } = code;

    /// <summary>The device's memory did not suffice; the context is still good.</summary>
    public bool IsOutOfMemory => Code == OutOfMemoryCode;
}
