using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, R rows with logits, D model width, N query heads, K KV heads, H head size, I the MLP's width.

/// <summary>The activations of one forward pass on a kernel device, allocated once and used by every layer.</summary>
internal sealed class DeviceScratch : IDisposable
{
    /// <summary>For partial results of split sequences; where rows need more, they are launched in turns.</summary>
    private const long MaxPartialBytes = 256L << 20;

    /// <summary>Keys and values that are laid out for flash attention at once, at least.</summary>
    private const int MinKeys = 16384;

    private readonly DeviceMemory _partials;
    private readonly HeadLayout _heads;
    private readonly int _maxTokens;
    private readonly long _partialBytes;
    private readonly int _latentSize;
    private readonly DeviceGatedScratch[] _gated;
    private readonly IDeviceCollective? _collective;

    /// <param name="collective">What sums over the ranks; null where there is one.</param>
    public DeviceScratch(KernelDevice device, DeviceTorch torch, ModelConfig config, ModelOptions options, ParallelContext parallel, IDeviceCollective? collective)
    {
        var (type, tokens, heads) = (options.Type, options.MaxTokens, HeadLayout.Of(config, parallel));
        (_heads, _maxTokens, _collective) = (heads, tokens, collective);
        Residual = new DeviceActivations(device, torch, tokens, config.HiddenSize, ElementType.Float32);
        Normed = new DeviceActivations(device, torch, tokens, config.HiddenSize, type);
        Delta = new DeviceActivations(device, torch, tokens, config.HiddenSize, type);
        Latent = config.Latent is { } latent ? new DeviceLatentScratch(device, torch, latent, heads.NumQuery, type, tokens) : null;
        Query = new DeviceActivations(device, torch, tokens, config.Latent is { } shape ? heads.NumQuery * shape.KeySize : heads.QkvWidth, type);
        Attended = new DeviceActivations(device, torch, tokens, heads.NumQuery * (config.Latent?.ValueSize ?? heads.Size), type);
        Mixture = config.Mixture is null ? null : new DeviceMixtureScratch(device, torch, config, options, parallel);
        _gated = [.. new[] { config.IntermediateSize, config.Mixture?.SharedSize ?? 0 }.Where(w => w > 0).Select(w => parallel.ShareWidth(w).Count).Distinct().Select(w => DeviceGatedScratch.Of(device, torch, tokens, w, type))];
        HeadInput = new DeviceActivations(device, torch, options.MaxRows, config.HiddenSize, type);
        MaxKeys = config.Latent is null && UsesFlash(torch, options) ? Math.Max(MinKeys, 2 * tokens) : 0;
        Keys = new DeviceActivations(device, torch, MaxKeys, heads.NumKv * heads.Size, type);
        Values = new DeviceActivations(device, torch, MaxKeys, heads.NumKv * heads.Size, type);
        _latentSize = config.Latent?.LatentSize ?? 0;
        _partialBytes = Math.Min(MaxPartialBytes, tokens * PartialBytesOfRow(options.MaxLength));
        _partials = device.Allocate(_partialBytes + PagedAttention.ScratchBytes(tokens, heads.NumQuery, 0, 1));
        device.Fill(_partials.Address, 0, _partials.Bytes);
    }

    /// <summary>[T, D] float: the stream that layers add to.</summary>
    public DeviceActivations Residual { get; }

    /// <summary>[T, D]</summary>
    public DeviceActivations Normed { get; }

    /// <summary>[T, D] what the last layer adds to the stream.</summary>
    public DeviceActivations Delta { get; }

    /// <summary>[T, D] where a layer puts this rank's part of that: the delta itself where there is one rank.</summary>
    public DeviceActivations Part => _collective?.Part ?? Delta;

    /// <summary>Whether there are other ranks.</summary>
    public bool IsShared => _collective is not null;

    /// <summary>Makes the delta of all ranks' parts.</summary>
    public void Sum(int tokens) => _collective?.Sum(Delta, tokens);

    /// <summary>[T, (N + 2K) H] queries, keys and values; in latent attention queries alone.</summary>
    public DeviceActivations Query { get; }

    /// <summary>[T, N H]</summary>
    public DeviceActivations Attended { get; }

    /// <summary>What latent attention needs.</summary>
    public DeviceLatentScratch? Latent { get; }

    /// <summary>What routed experts need.</summary>
    public DeviceMixtureScratch? Mixture { get; }

    /// <summary>[R, D]</summary>
    public DeviceActivations HeadInput { get; }

    /// <summary>[keys, K H] for flash attention.</summary>
    public DeviceActivations Keys { get; }

    /// <summary>[keys, K H] for flash attention.</summary>
    public DeviceActivations Values { get; }

    /// <summary>Tokens of prompts that flash attention can take in one step; 0 where it is not to be used.</summary>
    public int MaxKeys { get; }

    /// <summary>Scratch of paged attention, and the rows that it is laid out for.</summary>
    public (nint Address, int Rows) Partials => (_partials.Address, _maxTokens);

    /// <summary>Rows that can attend at once.</summary>
    public int RowsAtOnce(int maxLength) => (int)Math.Clamp(_partialBytes / PartialBytesOfRow(maxLength), 1, _maxTokens);

    /// <summary>For a gated MLP of this width.</summary>
    public DeviceGatedScratch GatedOf(int width) => _gated[0].Gated.Width == width ? _gated[0] : _gated[1];

    public void Dispose()
    {
        foreach (var activations in new[] { Residual, Normed, Delta, Query, Attended, HeadInput, Keys, Values }) activations.Dispose();
        foreach (var gated in _gated) gated.Dispose();
        Latent?.Dispose();
        Mixture?.Dispose();
        _partials.Dispose();
    }

    private long PartialBytesOfRow(int maxLength) => _latentSize > 0
        ? PagedLatentAttention.PartialBytesOfRow(_heads.NumQuery, _latentSize, maxLength)
        : PagedAttention.PartialBytesOfRow(_heads.NumQuery, _heads.Size, maxLength);

    /// <summary>Flash attention takes 16-bit numbers, and sums prompts in another order than the decode kernel.</summary>
    private static bool UsesFlash(DeviceTorch torch, ModelOptions options) => torch.HasFlash && options.Type != ElementType.Float32 && !options.BatchInvariant;
}
