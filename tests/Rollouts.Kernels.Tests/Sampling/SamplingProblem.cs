using System.Runtime.CompilerServices;

namespace Rollouts.Kernels.Tests;

/// <summary>Rows of random logits with settings of many kinds, drawn on a device and by the CPU's sampler.</summary>
internal sealed unsafe class SamplingProblem : IDisposable
{
    private readonly KernelDevice _device;
    private readonly ElementType _type;
    private readonly int _vocabulary, _stride;
    private readonly float _spread;
    private readonly Random _random;
    private readonly List<(SamplingRow Row, float Repetition, float Presence, float Frequency, int[]? Counts, float[]? Bias)> _rows = [];
    private readonly List<float> _logits = [];
    private readonly List<DeviceOperand> _owned = [];

    public SamplingProblem(KernelDevice device, ElementType type, int vocabulary, int seed, float spread = 4)
    {
        (_device, _type, _vocabulary, _spread, _random) = (device, type, vocabulary, spread, new Random(seed));
        _stride = (vocabulary + 7) / 8 * 8;
    }

    public static IReadOnlyList<SamplingRow> Kinds =>
    [
        new() { TopP = 1 },
        new() { TopP = 1, ProcessedLogProb = true },
        new() { Temperature = 1, TopP = 1 },
        new() { Temperature = 0.6f, TopP = 1, ProcessedLogProb = true },
        new() { Temperature = 0.8f, TopK = 20, TopP = 1 },
        new() { Temperature = 1.2f, TopP = 0.9f, ProcessedLogProb = true },
        new() { Temperature = 1, TopK = 50, TopP = 0.7f, ProcessedLogProb = true },
        new() { Temperature = 1, TopP = 1, MinP = 0.1f },
        new() { Temperature = 0.3f, TopK = 300, TopP = 0.99f, MinP = 0.01f },
        new() { Temperature = 1, TopK = 1, TopP = 0.3f },
    ];

    /// <summary>Every other row has penalties and a bias.</summary>
    public void Add(SamplingRow row)
    {
        row.Position = _random.Next(1000);
        row.KeyLow = (uint)_random.Next();
        row.KeyHigh = (uint)_random.Next();
        var plain = _rows.Count % 2 == 0 || _spread == 0;
        int[]? counts = plain ? null : [.. Enumerable.Range(0, _stride).Select(_ => _random.Next(4) switch { 0 => _random.Next(5),
            1 => DeviceSamplingRow.InPrompt, _ => 0 })];
        float[]? bias = plain ? null : [.. Enumerable.Range(0, _stride).Select(_ => _random.Next(10) switch { 0 => float.NegativeInfinity,
            1 => _random.NextSingle(), _ => 0 })];
        _rows.Add((row, plain ? 1 : 1.3f, plain ? 0 : 0.2f, plain ? 0 : 0.1f, counts, bias));
        _logits.AddRange(Enumerable.Range(0, _stride).Select(i => i < _vocabulary ? Gaussian() * _spread : float.NaN));
    }

    public (int Token, float LogProb)[] Run()
    {
        using var logits = DeviceOperand.Of(_device, _type, [.. _logits]);
        return Draw(logits);
    }

    public (int Token, float LogProb)[] RunAndCompare()
    {
        using var logits = DeviceOperand.Of(_device, _type, [.. _logits]);
        var (drawn, stored) = (Draw(logits), logits.Values());
        for (var r = 0; r < _rows.Count; r++)
        {
            var (token, logProb) = Expected(r, stored.AsSpan(r * _stride, _vocabulary).ToArray());
            drawn[r].Token.ShouldBe(token, $"{_device.GetType().Name} {_type} vocabulary {_vocabulary} spread {_spread} row {r}");
            drawn[r].LogProb.ShouldBe(logProb, 5e-5f * Math.Max(1, Math.Abs(logProb)),
                $"{_device.GetType().Name} {_type} vocabulary {_vocabulary} row {r}");
        }

        return drawn;
    }

    public void Dispose()
    {
        foreach (var operand in _owned) operand.Dispose();
    }

    private (int Token, float LogProb)[] Draw(DeviceOperand logits)
    {
        var rows = _rows.Count;
        var raw = new float[rows * sizeof(DeviceSamplingRow) / 4];
        fixed (float* to = raw)
            for (var r = 0; r < rows; r++) Unsafe.WriteUnaligned((byte*)to + r * sizeof(DeviceSamplingRow), Settings(r));
        using var settings = DeviceOperand.Of(_device, ElementType.Float32, raw);
        using var positions = DeviceOperand.Integers(_device, [.. _rows.Select(r => r.Row.Position)]);
        using var tokens = DeviceOperand.Integers(_device, [.. Enumerable.Repeat(-7, rows)]);
        using var logProbs = DeviceOperand.Poisoned(_device, ElementType.Float32, rows);
        using var scratch = DeviceOperand.Zeros(_device, TokenSampler.ScratchBytes(rows, _vocabulary));
        TokenSampler.Draw(_device, new SampledRows(rows, logits.Address, _type, _vocabulary, _stride, settings.Address, positions.Address,
            tokens.Address, logProbs.Address, scratch.Address), true);
        return [.. tokens.Integers().Zip(logProbs.Values())];
    }

    private DeviceSamplingRow Settings(int r)
    {
        var (row, repetition, presence, frequency, counts, bias) = _rows[r];
        var settings = new DeviceSamplingRow
        {
            InverseTemperature = row.Temperature > 0 ? 1 / row.Temperature : 0, TopK = row.TopK, TopP = row.TopP,
            LogMinP = row.MinP > 0 ? MathF.Log(row.MinP) : float.NegativeInfinity, KeyLow = row.KeyLow, KeyHigh = row.KeyHigh,
            ProcessedLogProb = row.ProcessedLogProb ? 1 : 0, RepetitionPenalty = repetition, PresencePenalty = presence, FrequencyPenalty = frequency,
            MinTokens = r % 4 == 1 ? row.Position + 1 : row.Position,
        };
        if (counts is not null) settings.Counts = Own(DeviceOperand.Integers(_device,
            [.. counts.Chunk(2).Select(pair => pair[0] | (pair[1] << 16))]));
        if (bias is null) return settings;
        // The other bias must not be looked at.
        settings.Bias = r % 4 == 1 ? 0 : Own(DeviceOperand.Of(_device, ElementType.Float32, bias));
        settings.EarlyBias = r % 4 == 1 ? Own(DeviceOperand.Of(_device, ElementType.Float32, bias)) : 0;
        return settings;
    }

    private nint Own(DeviceOperand operand)
    {
        _owned.Add(operand);
        return operand.Address;
    }

    private (int Token, float LogProb) Expected(int r, float[] raw)
    {
        var (row, repetition, presence, frequency, counts, bias) = _rows[r];
        var work = raw.ToArray();
        for (var v = 0; v < work.Length && counts is not null; v++)
        {
            work[v] += bias![v];
            if (counts[v] != 0) work[v] = LogitFilters.Repeat(work[v], repetition);
            if (counts[v] is > 0 and < DeviceSamplingRow.InPrompt) work[v] -= presence + frequency * counts[v];
        }

        var drawn = TokenSampler.Draw(raw, work, counts is not null, row, new int[raw.Length]);
        return (drawn.Token, drawn.LogProbabilities().Of(drawn.Token));
    }

    private float Gaussian() => (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
}
