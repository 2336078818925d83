using System.Globalization;

namespace Rollouts;

/// <summary>How much is kept of each token's log-probabilities. The default value is the sampled token's alone.</summary>
/// <param name="TopK">How many of the likeliest tokens are kept beside the sampled one.</param>
/// <param name="IsNone">Not even the sampled token's is kept.</param>
public readonly record struct LogProbDetail(int TopK, bool IsNone = false)
{
    /// <summary>The largest k.</summary>
    public const int MaxTopK = 1024;

    /// <summary>Nothing is kept, nor computed.</summary>
    public static LogProbDetail None => new(0, IsNone: true);

    /// <summary>The sampled token's.</summary>
    public static LogProbDetail Sampled => default;

    /// <summary>Reads <c>none</c>, <c>sampled</c> or k in digits; false where the text is neither.</summary>
    public static bool TryParse(string text, out LogProbDetail detail)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var k);
        detail = text == "none" ? None : new LogProbDetail(k);
        return text is "none" or "sampled" || (isNumber && k is >= 1 and <= MaxTopK);
    }

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : TopK == 0 ? "sampled" : TopK.ToString(CultureInfo.InvariantCulture);
}
