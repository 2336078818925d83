using System.Globalization;

namespace Rollouts.Recipes;

/// <summary>Durations as recipes write them: 500ms, 10s, 30m, 2h.</summary>
internal static class Durations
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
        [("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1))];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (Units.FirstOrDefault(u => text.EndsWith(u.Suffix, StringComparison.Ordinal)) is not { Suffix: not null } unit) return false;
        var ok = double.TryParse(text.AsSpan(0, text.Length - unit.Suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value > 0 && value * unit.Unit.TotalDays < 365;
        if (ok) duration = value * unit.Unit;
        return ok;
    }

    public static string Format(TimeSpan duration)
    {
        var unit = Units.LastOrDefault(u => duration.Ticks % u.Unit.Ticks == 0, Units[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{duration / unit.Unit}{unit.Suffix}");
    }
}
