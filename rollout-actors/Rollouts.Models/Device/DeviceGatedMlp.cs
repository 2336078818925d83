using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, I the MLP's width.

/// <summary><c>down(silu(gate(x)) * up(x))</c> on a kernel device, gate and up merged into one matrix.</summary>
internal sealed class DeviceGatedMlp(KernelDevice device, DeviceTorch torch, GatedWeights weights) : IDeviceFeedForward
{
    private readonly DeviceLinear _gateUp = new(torch, weights.GateUp, weights.GateUpBias);
    private readonly DeviceLinear _down = new(torch, weights.Down, weights.DownBias);

    /// <inheritdoc/>
    public void Forward(DeviceScratch scratch, int tokens)
    {
        var (gateUp, gated) = scratch.GatedOf(weights.Down.Columns);
        _gateUp.Forward(scratch.Normed, gateUp, tokens);                                          // [T, 2I]
        SiluMul.Run(device, gateUp.Address, gated.Address, gated.Type, tokens, gated.Width);      // [T, I]
        _down.Forward(gated, scratch.Part, tokens);                                               // [T, D]
    }

    /// <inheritdoc/>
    public long ProductBytes(int tokens) => _gateUp.Bytes + _down.Bytes;

    /// <inheritdoc/>
    public void Products(DeviceScratch scratch, int tokens)
    {
        var (gateUp, gated) = scratch.GatedOf(weights.Down.Columns);
        _gateUp.Forward(scratch.Normed, gateUp, tokens);
        _down.Forward(gated, scratch.Part, tokens);
    }

    public void Dispose()
    {
        _gateUp.Dispose();
        _down.Dispose();
    }
}
