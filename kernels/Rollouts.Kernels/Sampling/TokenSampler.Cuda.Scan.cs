using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// Rows without top_k, top_p and min_p: groups scan chunks of a row in one pass over the logits, then a warp a row merges the chunks.
public static partial class TokenSampler
{
    /// <summary>Of a <see cref="DeviceSamplingRow"/>; a test compares.</summary>
    private const long SettingsBytes = 80;

    internal static void Scan<TElement>(SamplerArguments a)
        where TElement : struct, IDeviceElement
    {
        int row = Grid.IdxY, start = Grid.IdxX * ScanChunk, end = start + ScanChunk < a.Vocabulary ? start + ScanChunk : a.Vocabulary;
        var settings = Settings(a, row);
        if (settings.HasFilters) return;
        int position = Global.ReadInt(a.Positions + row * 4L);
        var logits = DeviceLogits.Of(a.Logits + (long)row * a.Stride * TElement.Bytes, a.Vocabulary, settings, position);
        bool greedy = settings.InverseTemperature == 0, processed = settings.ProcessedLogProb != 0;
        var race = DeviceRace.Start;
        int stride = Group.DimX * Step;
        var ahead = logits.Ahead<TElement>(start + Group.IdxX * Step, end);
        for (int v = start + Group.IdxX * Step; v < end; v += stride)
        {
            var raw = ahead;
            ahead = logits.Ahead<TElement>(v + stride, end);
            var scaled = logits.Scaled(raw, v);
            var judged = processed ? scaled : raw;
            race.Weigh(judged);
            if (settings.Given != 0)
            {
                race.Take(settings.Given - 1, v, raw);
                continue;
            }

            if (greedy)
            {
                TryQuad(ref race, v, scaled.Low, judged.Low);
                TryQuad(ref race, v + 4, scaled.High, judged.High);
                continue;
            }

            TryQuad(ref race, v, scaled.Low + Noise(v, position, settings), judged.Low);
            TryQuad(ref race, v + 4, scaled.High + Noise(v + 4, position, settings), judged.High);
        }

        race.MergeGroup();
        if (Group.IdxX == 0) Store(a.Scratch + ((long)row * a.Chunks + Grid.IdxX) * RaceBytes, race);
    }

    internal static void Finish(SamplerArguments a)
    {
        int row = Grid.IdxX, lane = Group.IdxX;
        var settings = Settings(a, row);
        if (settings.HasFilters) return;
        var race = DeviceRace.Start;
        for (int c = lane; c < a.Chunks; c += Group.DimX) race.Merge(Load(a.Scratch + ((long)row * a.Chunks + c) * RaceBytes));
        race.MergeWarp();
        // A greedy choice is certain once it is made.
        if (lane == 0) WriteToken(a, row, race, settings.InverseTemperature == 0 && settings.ProcessedLogProb != 0 ? 0 : race.LogProb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TryQuad(ref DeviceRace race, int v, Floats4 noisy, Floats4 logit)
    {
        race.Try(v, noisy.X, logit.X);
        race.Try(v + 1, noisy.Y, logit.Y);
        race.Try(v + 2, noisy.Z, logit.Z);
        race.Try(v + 3, noisy.W, logit.W);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 Noise(int v, int position, DeviceSamplingRow row)
    {
        var words = DeviceNoise.Words((uint)v >> 2, (uint)position, row.KeyLow, row.KeyHigh);
        return new Floats4(DeviceNoise.Gumbel(words.X), DeviceNoise.Gumbel(words.Y), DeviceNoise.Gumbel(words.Z), DeviceNoise.Gumbel(words.W));
    }

    /// <summary>A row without a single finite logit gets token 0.</summary>
    private static void WriteToken(SamplerArguments a, int row, DeviceRace race, float logProb)
    {
        Global.StoreInt(a.Tokens + row * 4L, race.Winner == DeviceRace.None ? 0 : race.Winner);
        Global.StoreFloat(a.LogProbs + row * 4L, logProb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DeviceSamplingRow Settings(SamplerArguments a, int row)
    {
        long at = a.Settings + row * SettingsBytes;
        return new DeviceSamplingRow
        {
            InverseTemperature = Global.ReadFloat(at),
            TopK = Global.ReadInt(at + 4),
            TopP = Global.ReadFloat(at + 8),
            LogMinP = Global.ReadFloat(at + 12),
            KeyLow = (uint)Global.ReadInt(at + 16),
            KeyHigh = (uint)Global.ReadInt(at + 20),
            ProcessedLogProb = Global.ReadInt(at + 24),
            MinTokens = Global.ReadInt(at + 28),
            RepetitionPenalty = Global.ReadFloat(at + 32),
            PresencePenalty = Global.ReadFloat(at + 36),
            FrequencyPenalty = Global.ReadFloat(at + 40),
            Counts = ReadAddress(at + 48),
            Bias = ReadAddress(at + 56),
            EarlyBias = ReadAddress(at + 64),
            Given = Global.ReadInt(at + 72),
        };
    }

    /// <summary>Adds a drawn token to a row's counts, where it has any. Two counts lie in a word; a count stays below the bit that marks the prompt's tokens.</summary>
    internal static void Count(long settings, int row, int token)
    {
        long counts = ReadAddress(settings + row * SettingsBytes + 48);
        if (counts == 0) return;
        long at = counts + (token & ~1) * 2L;
        int pair = Global.LoadInt(at), shift = (token & 1) * 16;
        if (((pair >> shift) & (DeviceSamplingRow.InPrompt - 1)) < DeviceSamplingRow.InPrompt - 1) Global.StoreInt(at, pair + (1 << shift));
    }

    private static long ReadAddress(long at) => (uint)Global.ReadInt(at) | (long)Global.ReadInt(at + 4) << 32;

    private static void Store(long at, DeviceRace race)
    {
        Global.StoreFloats4(at, new Floats4(race.Best, race.Chosen, race.Largest, race.Sum));
        Global.StoreInt(at + 16, race.Winner);
    }

    private static DeviceRace Load(long at)
    {
        var floats = Global.LoadFloats4(at);
        return new DeviceRace { Best = floats.X, Chosen = floats.Y, Largest = floats.Z, Sum = floats.W, Winner = Global.LoadInt(at + 16) };
    }
}
