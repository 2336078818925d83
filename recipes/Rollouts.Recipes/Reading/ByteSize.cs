using System.Globalization;

namespace Rollouts.Recipes;

/// <summary>A number of bytes, written 512MiB, 2GiB or as a plain number.</summary>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Suffix, long Factor)[] Units = [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    /// <summary>Reads a size; false where the text is none.</summary>
    public static bool TryParse(string text, out ByteSize size)
    {
        var (number, factor) = (text, 1L);
        if (Units.FirstOrDefault(u => text.EndsWith(u.Suffix, StringComparison.Ordinal)) is { Suffix: not null } unit)
            (number, factor) = (text[..^unit.Suffix.Length].TrimEnd(), unit.Factor);
        var ok = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && value * factor < long.MaxValue;
        size = new(ok ? (long)(value * factor) : 0);
        return ok;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var bytes = Bytes;
        var unit = Units.First(u => bytes % u.Factor == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit.Factor}{unit.Suffix}");
    }
}
