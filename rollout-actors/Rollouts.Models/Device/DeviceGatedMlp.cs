using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, I the MLP's width.

/// <summary><c>down(silu(gate(x)) * up(x))</c> on a kernel device, gate and up merged into one matrix.</summary>
internal sealed class DeviceGatedMlp(KernelDevice device, DeviceTorch torch, GatedWeights weights) : IDisposable
{
    private readonly DeviceLinear _gateUp = new(torch, weights.GateUp, weights.GateUpBias);
    private readonly DeviceLinear _down = new(torch, weights.Down, weights.DownBias);

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(DeviceScratch scratch, int tokens)
    {
        _gateUp.Forward(scratch.Normed, scratch.GateUp, tokens);    // [T, 2I]
        SiluMul.Run(device, scratch.GateUp.Address, scratch.Gated.Address, scratch.Gated.Type, tokens, scratch.Gated.Width);   // [T, I]
        _down.Forward(scratch.Gated, scratch.Delta, tokens);        // [T, D]
    }

    /// <summary>Bytes of its matrices.</summary>
    public long ProductBytes => _gateUp.Bytes + _down.Bytes;

    /// <summary>Its products alone, for measuring.</summary>
    public void Products(DeviceScratch scratch, int tokens)
    {
        _gateUp.Forward(scratch.Normed, scratch.GateUp, tokens);
        _down.Forward(scratch.Gated, scratch.Delta, tokens);
    }

    public void Dispose()
    {
        _gateUp.Dispose();
        _down.Dispose();
    }
}
