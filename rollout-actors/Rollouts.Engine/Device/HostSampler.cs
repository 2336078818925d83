using System.Collections.Immutable;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Draws the tokens of steps that ask for what the device's sampler does not give: logits come to the host, the CPU engine's sampler takes them, drawn tokens go back.</summary>
internal sealed unsafe class HostSampler : IDisposable
{
    private readonly DeviceModel _model;
    private readonly Activations _logits;
    private readonly bool _draws;
    private readonly Action? _meet;
    private readonly HostMemory _drawn;
    private readonly RowSampler _sampler;
    private readonly IWorkerTeam _team;

    /// <param name="draws">False where another rank draws, whose tokens are taken.</param>
    /// <param name="meet">Waits for the other ranks; null where there are none.</param>
    public HostSampler(DeviceModel model, int maxRows, ImmutableArray<int> eosTokens, IWorkerTeam team, bool draws, Action? meet)
    {
        (_model, _team, _draws, _meet) = (model, team, draws, meet);
        _logits = new Activations(maxRows, model.Config.VocabularySize, model.Type);
        _drawn = model.Device.AllocateHost(maxRows * sizeof(int));
        _sampler = new RowSampler(_logits, maxRows, eosTokens, team.Count);
    }

    /// <summary>Whether a step asks for it.</summary>
    public static bool Takes(StepTicket step)
    {
        foreach (var item in step.Items)
            if (item.Draws && SequenceSampling.NeedsHost(item.Sequence)) return true;
        return false;
    }

    /// <summary>Waits for the step, draws, and puts the tokens where the device's sampler would have put them.</summary>
    /// <param name="drawn">int [rows] on the device.</param>
    public void Run(StepTicket step, int rows, nint drawn)
    {
        var device = _model.Device;
        if (_draws) Draw(step, rows);
        _meet?.Invoke();
        var row = 0;
        for (var i = 0; i < step.Items.Count; i++)
            for (var r = 0; r < step.Items[i].NumRows; r++) ((int*)_drawn.Address)[row++] = step.Tokens[i];
        device.Copy(_drawn.Address, drawn, rows * sizeof(int));
        device.Synchronise();
    }

    private void Draw(StepTicket step, int rows)
    {
        var (device, (logits, stride), bytes) = (_model.Device, _model.Logits, _model.Type.Bytes());
        for (var r = 0; r < rows; r++) device.Copy(logits + (nint)((long)r * stride * bytes), _logits.Row(r), (long)_logits.Width * bytes);
        device.Synchronise();
        _sampler.Run(step, _team);
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _drawn.Dispose();
        _logits.Dispose();
    }
}
