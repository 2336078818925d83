using System.Runtime.InteropServices;

namespace Rollouts.Kernels;

/// <summary>
/// What a row of logits is sampled with on a kernel device, as it lies in device memory; it changes only when the row gets another sequence. Order:
/// bias, repetition, presence, frequency penalty, temperature, top_k, top_p, min_p.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct DeviceSamplingRow
{
    /// <summary>1 / temperature; 0 takes the likeliest token.</summary>
    public float InverseTemperature;

    /// <summary>0 keeps all.</summary>
    public int TopK;

    /// <summary>1 keeps all.</summary>
    public float TopP;

    /// <summary>Natural log of min_p; negative infinity keeps all.</summary>
    public float LogMinP;

    /// <summary>The rollout's noise key.</summary>
    public uint KeyLow;

    /// <summary>The rollout's noise key.</summary>
    public uint KeyHigh;

    /// <summary>1 where the log-probability is that after all filters.</summary>
    public int ProcessedLogProb;

    /// <summary>Completion tokens before which <see cref="EarlyBias"/> holds.</summary>
    public int MinTokens;

    /// <summary>1 changes nothing.</summary>
    public float RepetitionPenalty;

    /// <summary>0 changes nothing.</summary>
    public float PresencePenalty;

    /// <summary>0 changes nothing.</summary>
    public float FrequencyPenalty;

    /// <summary>How many of the likeliest tokens are wanted beside the drawn one, up to <see cref="TokenSampler.MaxTop"/>.</summary>
    public int NumTop;

    /// <summary>ushort [vocabulary]: how often each token is in the completion, plus <see cref="InPrompt"/>; 0 where there are no
    /// penalties.</summary>
    public long Counts;

    /// <summary>float [vocabulary], added to the logits (negative infinity bars a token); 0 for none.</summary>
    public long Bias;

    /// <summary>float [vocabulary], in the place of <see cref="Bias"/> for the first <see cref="MinTokens"/> tokens; 0 for none.</summary>
    public long EarlyBias;

    /// <summary>1 + the token that is given, of which the log-probability alone is wanted; 0 where one is drawn.</summary>
    public int Given;

    /// <summary>Fills the row to 8 bytes.</summary>
    public int Reserved;

    /// <summary>Bit of <see cref="Counts"/>: the token is in the prompt.</summary>
    public const int InPrompt = 0x8000;

    /// <summary>A row of which the log-probability of a token is wanted.</summary>
    public static DeviceSamplingRow Scored(int token) => Greedy with { Given = token + 1 };

    /// <summary>A row that takes the likeliest token.</summary>
    public static DeviceSamplingRow Greedy => new() { TopP = 1, LogMinP = float.NegativeInfinity, RepetitionPenalty = 1 };

    /// <summary>Whether top_k, top_p or min_p is on; a greedy row needs none.</summary>
    internal readonly bool HasFilters => InverseTemperature > 0 && (TopK > 0 || TopP < 1 || LogMinP > float.NegativeInfinity);
}
