using System.Globalization;

namespace Rollouts.Recipes;

/// <summary>Memory for keys and values, written <c>512MiB</c>, <c>80%</c> (of what is free on the device when the model is there) or <c>auto</c>.</summary>
/// <param name="Bytes">A size, where it is one.</param>
/// <param name="Share">A part between 0 and 1, where it is one.</param>
public readonly record struct KvBudget(long? Bytes, double? Share)
{
    /// <summary>512 MiB on a processor, 90% on a GPU.</summary>
    public static KvBudget Auto => default;

    /// <summary>Reads a budget; false where the text is none.</summary>
    public static bool TryParse(string text, out KvBudget budget)
    {
        budget = Auto;
        if (text == "auto") return true;
        if (text.EndsWith('%'))
        {
            var ok = double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100;
            budget = new KvBudget(null, percent / 100);
            return ok;
        }

        if (!ByteSize.TryParse(text, out var size)) return false;
        budget = new KvBudget(size.Bytes, null);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { Bytes: { } bytes } => new ByteSize(bytes).ToString(),
        { Share: { } share } => string.Create(CultureInfo.InvariantCulture, $"{share * 100}%"),
        _ => "auto",
    };
}
