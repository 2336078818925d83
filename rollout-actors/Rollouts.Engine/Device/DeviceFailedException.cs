using Rollouts.Kernels.Cuda;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>A device failed in a step: the engine ends, and the message names the setting to change.</summary>
public sealed class DeviceFailedException : Exception
{
    private DeviceFailedException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>What a step threw, with the setting.</summary>
    internal static Exception Of(Exception cause, DevicePlacement device) => cause switch
    {
        CudaFailure { IsOutOfMemory: true } => new DeviceFailedException($"device {device}: its memory does not suffice ({cause.Message}); lower engine.kv_memory, engine.max_batched_tokens or engine.max_running", cause),
        DeviceFailedException or RankStoppedException => cause,
        _ => new DeviceFailedException($"device {device}: a step failed ({cause.Message}); if the GPU itself has failed, name another in device", cause),
    };
}
