using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N heads, L latent size, R rotary size, P plain size.

/// <summary>The activations of latent attention on a kernel device.</summary>
internal sealed class DeviceLatentScratch(KernelDevice device, DeviceTorch torch, LatentShape shape, int heads, ElementType type, int maxTokens) : IDisposable
{
    /// <summary>[T, query rank], before and after its norm; null where queries are not compressed.</summary>
    public (DeviceActivations Raw, DeviceActivations Normed)? QueryLatent { get; } = shape.QueryRank == 0 ? null
        : (new DeviceActivations(device, torch, maxTokens, shape.QueryRank, type), new DeviceActivations(device, torch, maxTokens, shape.QueryRank, type));

    /// <summary>[T, L + R] what goes into the cache.</summary>
    public DeviceActivations Compressed { get; } = new(device, torch, maxTokens, shape.LatentSize + shape.RotarySize, type);

    /// <summary>[T, N (L + R)] queries that have absorbed the expansion of keys.</summary>
    public DeviceActivations Absorbed { get; } = new(device, torch, maxTokens, heads * (shape.LatentSize + shape.RotarySize), type);

    /// <summary>[T, N L] sums of latents, of which values are made.</summary>
    public DeviceActivations Context { get; } = new(device, torch, maxTokens, heads * shape.LatentSize, type);

    public void Dispose()
    {
        QueryLatent?.Raw.Dispose();
        QueryLatent?.Normed.Dispose();
        Compressed.Dispose();
        Absorbed.Dispose();
        Context.Dispose();
    }
}
