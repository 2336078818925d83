using System.Runtime.CompilerServices;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A row of logits in a kernel, with what changes them before the temperature.</summary>
internal struct DeviceLogits
{
    private long _raw, _counts, _bias;
    private float _repetition, _presence, _frequency;
    private int _vocabulary;

    /// <summary>1 / temperature, or 1 for a greedy row.</summary>
    public float Scale;

    /// <param name="raw">Where the row begins.</param>
    /// <param name="position">Completion tokens so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceLogits Of(long raw, int vocabulary, DeviceSamplingRow row, int position) => new()
    {
        _raw = raw,
        _counts = row.Counts,
        _bias = position < row.MinTokens ? row.EarlyBias : row.Bias,
        _repetition = row.RepetitionPenalty,
        _presence = row.PresencePenalty,
        _frequency = row.FrequencyPenalty,
        _vocabulary = vocabulary,
        Scale = row.InverseTemperature > 0 ? row.InverseTemperature : 1,
    };

    /// <summary>Whether penalties or a bias change any logit.</summary>
    public readonly bool Changed => (_counts | _bias) != 0;

    /// <summary>Eight of the model's own; past the vocabulary they are minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Floats8 Raw<TElement>(int start)
        where TElement : struct, IDeviceElement
    {
        var x = TElement.Read8(_raw + (long)start * TElement.Bytes);
        if (start + 8 > _vocabulary) x = new Floats8(Clip(x.Low, start), Clip(x.High, start + 4));
        return x;
    }

    /// <summary>Eight that are wanted an iteration later; where the row has ended, any eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Floats8 Ahead<TElement>(int start, int end)
        where TElement : struct, IDeviceElement => Raw<TElement>(start < end ? start : 0);

    /// <summary>Eight after bias and penalties, over the temperature.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Floats8 Scaled(Floats8 raw, int start) => Change(raw, start) * Scale;

    /// <summary>Eight after bias and penalties.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Floats8 Change(Floats8 x, int start) => Changed ? new Floats8(Change(x.Low, start), Change(x.High, start + 4)) : x;

    private readonly Floats4 Clip(Floats4 x, int start) => new(Clip(x.X, start), Clip(x.Y, start + 1), Clip(x.Z, start + 2), Clip(x.W, start + 3));

    private readonly float Clip(float x, int entry) => entry < _vocabulary ? x : float.NegativeInfinity;

    private readonly Floats4 Change(Floats4 x, int start) => new(Change(x.X, start), Change(x.Y, start + 1), Change(x.Z, start + 2),
        Change(x.W, start + 3));

    private readonly float Change(float x, int entry)
    {
        if (entry >= _vocabulary) return x;
        if (_bias != 0) x += Global.ReadFloat(_bias + entry * 4L);
        if (_counts == 0) return x;
        // Two counts lie in a word.
        int pair = Global.LoadInt(_counts + (entry & ~1) * 2L), count = (entry & 1) == 0 ? pair & 0xFFFF : (pair >> 16) & 0xFFFF;
        if (count == 0) return x;
        if (_repetition != 1) x = x > 0 ? x / _repetition : x * _repetition;
        int times = count & ~DeviceSamplingRow.InPrompt;
        return times > 0 ? x - (_presence + _frequency * times) : x;
    }
}
