using Rollouts.Kernels;

namespace Rollouts.Models;

// A device's model run by a plan of the host, one step at a time: for checks and tests, where the host waits for every step.
public sealed partial class DeviceModel : ILanguageModel
{
    long ILanguageModel.KvBlockBytes(int blockSize) => KvBlockBytes;

    void ILanguageModel.ReserveKv(int blockSize, int numBlocks) => ReserveKv(numBlocks);

    ReadOnlySpan<byte> ILanguageModel.RoutedExperts(int slot) => [];

    /// <inheritdoc/>
    void ILanguageModel.Forward(StepPlan plan, Activations logits) => Forward(plan, logits);

    /// <summary>Runs a plan and waits for it.</summary>
    /// <param name="logits">Null where another rank's are taken.</param>
    internal unsafe void Forward(StepPlan plan, Activations? logits)
    {
        Bind();
        var sequences = 1 + plan.SequenceOf.AsSpan(0, plan.NumTokens).ToArray().Max();
        var lengths = plan.Positions.AsSpan(0, plan.NumTokens).ToArray().Select(p => p + 1).ToArray();
        using var tables = new DeviceInts(Device, new ReadOnlySpan<int>(plan.BlockTable(0), sequences * plan.MaxBlocks));
        using var tokens = new DeviceInts(Device, plan.TokenIds.AsSpan(0, plan.NumTokens));
        using var positions = new DeviceInts(Device, plan.Positions.AsSpan(0, plan.NumTokens));
        using var slots = new DeviceInts(Device, plan.Slots.AsSpan(0, plan.NumTokens));
        using var lengthsThere = new DeviceInts(Device, lengths);
        using var sequenceOf = new DeviceInts(Device, plan.SequenceOf.AsSpan(0, plan.NumTokens));
        using var rows = new DeviceInts(Device, plan.LogitRows.AsSpan(0, plan.NumLogitRows));
        Forward(new DeviceStep(plan.NumTokens, tokens.Address, positions.Address, slots.Address, lengthsThere.Address, sequenceOf.Address, tables.Address, plan.MaxBlocks,
            plan.NumLogitRows, rows.Address, lengths.Max()));
        for (var r = 0; r < plan.NumLogitRows && logits is not null; r++) Device.Copy(_logits.Row(r), logits.Row(r), (long)Config.VocabularySize * Type.Bytes());
        Device.Synchronise();
        RequireSound();
    }

    /// <summary>Integers of the host, put on the device.</summary>
    private sealed class DeviceInts : IDisposable
    {
        private readonly DeviceMemory _memory;

        public unsafe DeviceInts(KernelDevice device, ReadOnlySpan<int> values)
        {
            _memory = device.Allocate(Math.Max(1, values.Length) * sizeof(int));
            fixed (int* from = values)
            {
                device.Copy((nint)from, _memory.Address, values.Length * sizeof(int));
                device.Synchronise();
            }
        }

        public nint Address => _memory.Address;

        public void Dispose() => _memory.Dispose();
    }
}
