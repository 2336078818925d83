using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, E this rank's experts, k chosen ones, C rows of each expert, D model width, I this rank's part of an expert's width.

/// <summary>
/// Routed experts on a kernel device, with nothing decided by the host, so that they can stand in a graph. A few tokens read the experts that they have chosen and no
/// others. For more, every expert has room for all tokens of a round, and one batched product covers them all: it reads every expert's weights once a round, whoever is chosen.
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
    public long ProductBytes(int tokens) => (_shared?.ProductBytes(tokens) ?? 0) + (long)(ExpertBytes * ChosenShare(tokens));

    private long ExpertBytes => ((long)_weights.GateUp.Rows * _weights.GateUp.Columns + (long)_weights.Down.Rows * _weights.Down.Columns) * _weights.Down.Type.Bytes();

    /// <inheritdoc/>
    public void Forward(DeviceScratch scratch, int tokens)
    {
        var (of, normed) = (scratch.Mixture!, scratch.Normed);
        Embedding.Gather(_device, normed.Address, normed.Type, of.Identity, of.Input.Address, ElementType.Float32, tokens, normed.Width);   // [T, D] float
        _routerProduct.Forward(of.Input, of.Logits, tokens);                                                                               // [T, E]
        ExpertRouting.Choose(_device, _router, of.Plan(0, 0), of.Logits.Address, _weights.ChoiceBias?.Address ?? 0, tokens);               // [T, k]
        _shared?.Forward(scratch, tokens);                                                                                                 // [T, D]
        if (of.TakesVectors(tokens)) Vectors(scratch, tokens);
        else
            for (var first = 0; first < tokens; first += of.AtOnce) Round(scratch, first, Math.Min(of.AtOnce, tokens - first));
    }

    /// <inheritdoc/>
    public void Products(DeviceScratch scratch, int tokens)
    {
        _shared?.Products(scratch, tokens);
        if (scratch.Mixture!.TakesVectors(tokens))
        {
            MultiplyVectors(scratch, tokens);
            return;
        }

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

    private void Vectors(DeviceScratch scratch, int tokens)
    {
        MultiplyVectors(scratch, tokens);
        var of = scratch.Mixture!;
        ExpertRouting.Combine(_device, of.Plan(0, 0), of.Outputs.Address, scratch.Part.Address, of.Outputs.Type, tokens, of.Outputs.Width, add: _shared is not null);
    }

    private void MultiplyVectors(DeviceScratch scratch, int tokens)
    {
        var of = scratch.Mixture!;
        var (plan, type, gated) = (of.Plan(0, 0), of.Rows.Type, of.Gated.Gated);
        ExpertVectors.GateUp(_device, plan, scratch.Normed.Address, _weights.GateUp.Address, gated.Address, type, tokens, of.Rows.Width, gated.Width);          // [T k, I]
        ExpertVectors.Down(_device, plan, gated.Address, _weights.Down.Address, of.Outputs.Address, type, tokens, of.Rows.Width, gated.Width);                  // [T k, D]
    }

    /// <summary>The part of all experts that so many tokens choose, if each is as likely as the next.</summary>
    private double ChosenShare(int tokens) => 1 - Math.Pow(1 - (double)_router.NumChosen / _router.NumExperts, tokens);

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
        ExpertRouting.Combine(_device, plan, of.Outputs.Address, scratch.Part.Row(first), type, tokens, of.Outputs.Width, add: _shared is not null);
    }

    private void Multiply(DeviceActivations input, DeviceActivations output, in DeviceBatch weights, int capacity) =>
        _torch.MultiplyBatch(DeviceBatch.Rows(output, _weights.NumExperts, capacity), DeviceBatch.Rows(input, _weights.NumExperts, capacity), weights, input.Type);
}
