using System.Collections.Immutable;
using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>
/// What penalties, biases and barred tokens of running sequences need on the device: a place a slot in arrays that are taken when the first sequence asks for them.
/// A place is written when its slot gets another sequence, or the same one again after it was preempted; drawn tokens are counted on the device.
/// </summary>
internal sealed unsafe class DeviceEdits : IDisposable
{
    /// <summary>Pieces of host memory from which places are copied: of one, the copy before must be done.</summary>
    private const int NumStagings = 8;

    private readonly KernelDevice _device;
    private readonly ImmutableArray<int> _eosTokens;
    private readonly int _slots;
    private readonly int _width;
    private readonly (Sequence? Sequence, int Life)[] _owners;
    private readonly Staging[] _stagings = new Staging[NumStagings];
    private DeviceMemory? _counts, _bias, _earlyBias;
    private int _next;

    /// <param name="eosTokens">Barred with a request's stop tokens before min_tokens.</param>
    public DeviceEdits(KernelDevice device, int slots, int vocabulary, ImmutableArray<int> eosTokens)
    {
        (_device, _slots, _eosTokens, _owners) = (device, slots, eosTokens, new (Sequence?, int)[slots]);
        // Whole vectors of either type, for kernels and for alignment.
        _width = (vocabulary + 15) / 16 * 16;
    }

    /// <summary>Whether a sequence's logits are changed at all.</summary>
    public static bool Changes(Sequence sequence) => sequence.History is not null || HasBias(sequence.Request.Sampling) || sequence.Request.Sampling.MinTokens > 0;

    /// <summary>Names a sequence's places in its row, and writes them first where they are another's.</summary>
    public void Apply(Sequence sequence, ref DeviceSamplingRow row)
    {
        var (slot, sampling) = (sequence.Slot, sequence.Request.Sampling);
        var owner = (sequence, sequence.NumPreempted);
        if (_owners[slot] != owner) Begin(sequence);
        _owners[slot] = owner;
        if (sequence.History is not null)
        {
            (row.RepetitionPenalty, row.PresencePenalty, row.FrequencyPenalty) = (sampling.RepetitionPenalty, sampling.PresencePenalty, sampling.FrequencyPenalty);
            row.Counts = Place(_counts!, slot, sizeof(ushort));
        }

        if (HasBias(sampling)) row.Bias = Place(_bias!, slot, sizeof(float));
        if (sampling.MinTokens == 0) return;
        row.MinTokens = sampling.MinTokens;
        row.EarlyBias = Place(_earlyBias!, slot, sizeof(float));
    }

    public void Dispose()
    {
        foreach (var owned in new IDisposable?[] { _counts, _bias, _earlyBias }) owned?.Dispose();
        foreach (var staging in _stagings) staging.Dispose();
    }

    private static bool HasBias(SamplingParams sampling) => !sampling.BadTokenIds.IsEmpty || !sampling.LogitBias.IsEmpty;

    /// <summary>The prompt's tokens are marked, the completion's so far counted.</summary>
    private static void CountTokens(Sequence sequence, Span<ushort> counts)
    {
        foreach (var token in sequence.Tokens[..sequence.NumPrompt]) counts[token] = DeviceSamplingRow.InPrompt;
        foreach (var token in sequence.Completion)
            if ((counts[token] & (DeviceSamplingRow.InPrompt - 1)) < DeviceSamplingRow.InPrompt - 1) counts[token]++;
    }

    private static void AddBias(SamplingParams sampling, Span<float> bias)
    {
        foreach (var (token, value) in sampling.LogitBias) bias[token] += value;
        foreach (var token in sampling.BadTokenIds) bias[token] = float.NegativeInfinity;
    }

    private void AddEarlyBias(SamplingParams sampling, Span<float> bias)
    {
        AddBias(sampling, bias);
        foreach (var token in _eosTokens) bias[token] = float.NegativeInfinity;
        foreach (var token in sampling.StopTokenIds) bias[token] = float.NegativeInfinity;
    }

    private void Begin(Sequence sequence)
    {
        var (slot, sampling) = (sequence.Slot, sequence.Request.Sampling);
        if (sequence.History is not null) Write(ref _counts, slot, sizeof(ushort), at => CountTokens(sequence, new Span<ushort>((void*)at, _width)));
        if (HasBias(sampling)) Write(ref _bias, slot, sizeof(float), at => AddBias(sampling, new Span<float>((void*)at, _width)));
        if (sampling.MinTokens > 0) Write(ref _earlyBias, slot, sizeof(float), at => AddEarlyBias(sampling, new Span<float>((void*)at, _width)));
    }

    private nint Place(DeviceMemory memory, int slot, int bytes) => memory.Address + (nint)((long)slot * _width * bytes);

    private void Write(ref DeviceMemory? memory, int slot, int bytes, Action<nint> write)
    {
        memory ??= _device.Allocate((long)_slots * _width * bytes);
        ref var staging = ref _stagings[_next++ % NumStagings];
        if (staging.Memory is null) staging = new Staging(_device.AllocateHost((long)_width * sizeof(float)), _device.NewEvent());
        else staging.Copied.Synchronise();
        new Span<byte>((void*)staging.Memory.Address, _width * bytes).Clear();
        write(staging.Memory.Address);
        _device.Copy(staging.Memory.Address, Place(memory, slot, bytes), (long)_width * bytes);
        staging.Copied.Record();
    }

    private readonly record struct Staging(HostMemory Memory, DeviceEvent Copied) : IDisposable
    {
        public void Dispose()
        {
            Copied?.Dispose();
            Memory?.Dispose();
        }
    }
}
