using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, E this rank's experts, k chosen ones, C rows of each expert, D model width, I an expert's width.

/// <summary>What routed experts need on a kernel device. Every expert has as many rows as tokens come at once, so the host need not know how many it gets.</summary>
internal sealed unsafe class DeviceMixtureScratch : IDisposable
{
    private const int MaxAtOnce = 256;

    private readonly DeviceMemory _identity, _chosen, _weights, _counts, _rowOf;
    private readonly ExpertRouter _router;
    private readonly (int First, int Count) _experts;

    public DeviceMixtureScratch(KernelDevice device, DeviceTorch torch, ModelConfig config, ModelOptions options, ParallelContext parallel)
    {
        var (type, tokens, shape) = (options.Type, options.MaxTokens, config.Mixture!);
        (_router, _experts) = (shape.Router, parallel.ShareExperts(shape.Router.NumExperts));
        // Where a row must not depend on how many others there are, all products have one size.
        (AtOnce, IsFixed) = options.BatchInvariant ? (DeviceActivations.TileRows, true) : (Math.Min(MaxAtOnce, (tokens + 7) / 8 * 8), false);
        var rows = _experts.Count * AtOnce;
        Input = new DeviceActivations(device, torch, tokens, config.HiddenSize, ElementType.Float32);
        Logits = new DeviceActivations(device, torch, tokens, _router.NumExperts, ElementType.Float32);
        Rows = new DeviceActivations(device, torch, rows, config.HiddenSize, type);
        Outputs = new DeviceActivations(device, torch, rows, config.HiddenSize, type);
        Gated = DeviceGatedScratch.Of(device, torch, rows, parallel.ShareExpertWidth(shape.IntermediateSize).Count, type);
        var choices = (long)tokens * _router.NumChosen * sizeof(int);
        (_chosen, _weights, _rowOf) = (device.Allocate(choices), device.Allocate(choices), device.Allocate(choices));
        _counts = device.Allocate(_experts.Count * sizeof(int));
        _identity = device.Allocate(tokens * sizeof(int));
        var identity = Enumerable.Range(0, tokens).ToArray();
        fixed (int* from = identity)
        {
            device.Copy((nint)from, _identity.Address, tokens * sizeof(int));
            device.Synchronise();
        }
    }

    /// <summary>Tokens that go through the experts at a time, at most.</summary>
    public int AtOnce { get; }

    /// <summary>Whether experts have that many rows whatever the step.</summary>
    public bool IsFixed { get; }

    /// <summary>int [T]: 0, 1, 2…</summary>
    public nint Identity => _identity.Address;

    /// <summary>[T, D] float.</summary>
    public DeviceActivations Input { get; }

    /// <summary>[T, all experts] float.</summary>
    public DeviceActivations Logits { get; }

    /// <summary>[E C, D]</summary>
    public DeviceActivations Rows { get; }

    /// <summary>[E C, 2I] and [E C, I]</summary>
    public DeviceGatedScratch Gated { get; }

    /// <summary>[E C, D]</summary>
    public DeviceActivations Outputs { get; }

    /// <summary>Whether so many tokens read less where each has a product with each of its experts: they choose fewer than there are. Not where products have one size.</summary>
    public bool TakesVectors(int tokens) => !IsFixed && tokens * _router.NumChosen * 4 <= _router.NumExperts * 3 && tokens * _router.NumChosen <= _experts.Count * AtOnce;

    /// <summary>Rows that each expert has for so many tokens.</summary>
    public int Capacity(int tokens) => IsFixed ? AtOnce : (tokens + 7) / 8 * 8;

    /// <summary>The plan of some tokens.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="capacity">C.</param>
    public DeviceExpertPlan Plan(int first, int capacity)
    {
        var at = (nint)((long)first * _router.NumChosen * sizeof(int));
        return new DeviceExpertPlan(_router.NumChosen, _experts.First, _experts.Count, capacity, _chosen.Address + at, _weights.Address + at, _counts.Address, _rowOf.Address + at);
    }

    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { Input, Logits, Rows, Outputs, Gated, _chosen, _weights, _rowOf, _counts, _identity }) owned.Dispose();
    }
}
