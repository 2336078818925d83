using System.Globalization;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Globals;

/// <summary>The local time as C's <c>strftime</c> writes it, in English.</summary>
internal static class StrftimeFormat
{
    public static string Apply(string format, RenderContext context)
    {
        var (now, output) = (context.Time.GetLocalNow(), context.NewText());
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                output.Append(format[at]);
                continue;
            }

            var unpadded = format[at + 1] == '-' && at + 2 < format.Length;
            at += unpadded ? 2 : 1;
            output.Append(unpadded ? Field(now, format[at]).TrimStart('0') is { Length: > 0 } digits ? digits : "0" : Field(now, format[at]));
        }

        return output.ToString();
    }

    private static string Field(DateTimeOffset now, char code) => code switch
    {
        'a' => Custom(now, "ddd"),
        'A' => Custom(now, "dddd"),
        'b' or 'h' => Custom(now, "MMM"),
        'B' => Custom(now, "MMMM"),
        'c' => $"{Custom(now, "ddd MMM")} {now.Day,2} {Custom(now, "HH:mm:ss yyyy")}",
        'd' => Custom(now, "dd"),
        'D' or 'x' => Custom(now, "MM'/'dd'/'yy"),
        'e' => $"{now.Day,2}",
        'f' => Custom(now, "ffffff"),
        'F' => Custom(now, "yyyy-MM-dd"),
        'H' => Custom(now, "HH"),
        'I' => Custom(now, "hh"),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Custom(now, "MM"),
        'M' => Custom(now, "mm"),
        'n' => "\n",
        'p' => Custom(now, "tt"),
        'R' => Custom(now, "HH:mm"),
        's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Custom(now, "ss"),
        't' => "\t",
        'T' or 'X' => Custom(now, "HH:mm:ss"),
        'u' => (now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'y' => Custom(now, "yy"),
        'Y' => Custom(now, "yyyy"),
        // Python's datetime.now() knows no zone.
        'z' or 'Z' => "",
        '%' => "%",
        _ => $"%{code}",
    };

    private static string Custom(DateTimeOffset now, string format) => now.ToString(format.Length == 1 ? "%" + format : format, CultureInfo.InvariantCulture);
}
