using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, E experts, k chosen ones, C rows of each expert, D model width, I an expert's width.

/// <summary>
/// Routed experts on a kernel device, with nothing decided by the host, so that they can stand in a graph: every expert has room for all tokens of a round, and one batched
/// product covers them all. It reads every expert's weights once a round, whoever is chosen.
/// </summary>
internal sealed class DeviceMixture : IDeviceFeedForward
{
    private readonly KernelDevice _device;
    private readonly DeviceTorch _torch;
    private readonly ExpertRouter _router;
    private readonly MixtureWeights _weights;
    private readonly DeviceLinear _routerProduct;
    private readonly DeviceGatedMlp? _shared;

    public DeviceMixture(KernelDevice device, DeviceTorch torch, ModelSource source, string prefix, ExpertNames names)
    {
        var shape = source.Config.Mixture!;
        (_device, _torch, _router, _weights) = (device, torch, shape.Router, MixtureWeights.Load(source, prefix, names, shape));
        _routerProduct = new DeviceLinear(torch, _weights.Router, null);
        if (names.Shared is not null && shape.SharedSize > 0) _shared = new DeviceGatedMlp(device, torch, GatedWeights.Load(source, prefix + names.Shared, shape.SharedSize, hasBias: false));
    }

    private DeviceBatch GateUp => DeviceBatch.Transposed(_weights.GateUp, _weights.NumExperts);

    private DeviceBatch Down => DeviceBatch.Transposed(_weights.Down, _weights.NumExperts);

    /// <inheritdoc/>
    public long ProductBytes => (_shared?.ProductBytes ?? 0) + ((long)_weights.GateUp.Rows * _weights.GateUp.Columns + (long)_weights.Down.Rows * _weights.Down.Columns) * _weights.Down.Type.Bytes();

    /// <inheritdoc/>
    public void Forward(DeviceScratch scratch, int tokens)
    {
        var (of, normed) = (scratch.Mixture!, scratch.Normed);
        Embedding.Gather(_device, normed.Address, normed.Type, of.Identity, of.Input.Address, ElementType.Float32, tokens, normed.Width);   // [T, D] float
        _routerProduct.Forward(of.Input, of.Logits, tokens);                                                                               // [T, E]
        ExpertRouting.Choose(_device, _router, of.Plan(0, 0), of.Logits.Address, _weights.ChoiceBias?.Address ?? 0, tokens);               // [T, k]
        _shared?.Forward(scratch, tokens);                                                                                                 // [T, D]
        for (var first = 0; first < tokens; first += of.AtOnce) Round(scratch, first, Math.Min(of.AtOnce, tokens - first));
    }

    /// <inheritdoc/>
    public void Products(DeviceScratch scratch, int tokens)
    {
        _shared?.Products(scratch, tokens);
        var (of, capacity) = (scratch.Mixture!, scratch.Mixture!.Capacity(Math.Min(tokens, scratch.Mixture.AtOnce)));
        for (var first = 0; first < tokens; first += of.AtOnce)
        {
            Multiply(of.Rows, of.Gated.GateUp, GateUp, capacity);
            Multiply(of.Gated.Gated, of.Outputs, Down, capacity);
        }
    }

    public void Dispose()
    {
        _routerProduct.Dispose();
        _shared?.Dispose();
    }

    private void Round(DeviceScratch scratch, int first, int tokens)
    {
        var of = scratch.Mixture!;
        var (capacity, type) = (of.Capacity(tokens), of.Rows.Type);
        var plan = of.Plan(first, capacity);
        var (gateUp, gated) = of.Gated;
        ExpertRouting.Order(_device, plan, tokens);
        ExpertRouting.Gather(_device, plan, scratch.Normed.Row(first), of.Rows.Address, type, tokens, of.Rows.Width);        // [E, C, D]
        Multiply(of.Rows, gateUp, GateUp, capacity);                                                                        // [E, C, 2I]
        SiluMul.Run(_device, gateUp.Address, gated.Address, type, _weights.NumExperts * capacity, gated.Width);              // [E, C, I]
        Multiply(gated, of.Outputs, Down, capacity);                                                                        // [E, C, D]
        ExpertRouting.Combine(_device, plan, of.Outputs.Address, scratch.Delta.Row(first), type, tokens, of.Outputs.Width, add: _shared is not null);
    }

    private void Multiply(DeviceActivations input, DeviceActivations output, in DeviceBatch weights, int capacity) =>
        _torch.MultiplyBatch(DeviceBatch.Rows(output, _weights.NumExperts, capacity), DeviceBatch.Rows(input, _weights.NumExperts, capacity), weights, input.Type);
}
