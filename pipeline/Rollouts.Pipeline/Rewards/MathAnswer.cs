using System.Text.RegularExpressions;

namespace Rollouts.Pipeline;

/// <summary>Finds and compares answers as they stand in mathematical texts.</summary>
internal static partial class MathAnswer
{
    private const double Tolerance = 1e-6;

    /// <summary>The content of the last <c>\boxed{…}</c>; else what follows the last "answer is" or "="; else the last number.</summary>
    public static string? Find(string text)
    {
        if (LastBoxed(text) is { } boxed) return boxed;
        var lines = text.TrimEnd().Split('\n');
        var final = FinalExpression().Match(lines[^1]);
        if (final.Success) return final.Groups[1].Value;
        var numbers = Number().Matches(text);
        return numbers.Count > 0 ? numbers[^1].Value : null;
    }

    public static bool AreEqual(string answer, string expected)
    {
        var (a, b) = (Normalise(answer), Normalise(expected));
        return TryEvaluate(a, out var x) && TryEvaluate(b, out var y) ? NumericReward.AreEqual(x, y, Tolerance) : a == b;
    }

    private static string? LastBoxed(string text)
    {
        var start = text.LastIndexOf(@"\boxed{", StringComparison.Ordinal);
        if (start < 0) return null;
        start += @"\boxed{".Length;
        for (int i = start, depth = 1; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0) return text[start..i];
        }

        return null;
    }

    private static string Normalise(string text)
    {
        text = text.Trim().TrimEnd('.', ',', ';');
        text = text.Replace("$", "").Replace(@"\!", "").Replace(@"\,", "").Replace(@"\%", "%").Replace(@"\left", "").Replace(@"\right", "").Replace(@"\dfrac", @"\frac").Replace(@"\tfrac", @"\frac");
        text = TextCommand().Replace(text, "$1");
        text = Fraction().Replace(text, "$1/$2");
        text = ThousandsComma().Replace(text, "");
        return Spaces().Replace(text, "").Trim('{', '}');
    }

    private static bool TryEvaluate(string text, out double value)
    {
        var percent = text.EndsWith('%');
        var parts = text.TrimEnd('%').Split('/');
        value = 0;
        if (parts.Length > 2 || !NumericReward.TryParse(parts[0], out value)) return false;
        if (parts.Length == 2)
        {
            if (!NumericReward.TryParse(parts[1], out var divisor) || divisor == 0) return false;
            value /= divisor;
        }

        if (percent) value /= 100;
        return true;
    }

    [GeneratedRegex(@"(?:answer\s*(?:is|:)|=)\s*([^=]+?)\s*\.?\s*$", RegexOptions.IgnoreCase | RegexOptions.RightToLeft, 2000)]
    private static partial Regex FinalExpression();

    [GeneratedRegex(@"[-+]?(?:\d[\d,]*)?\.?\d+(?:/\d+)?%?", RegexOptions.None, 2000)]
    private static partial Regex Number();

    [GeneratedRegex(@"\\(?:text|mathrm|mathbf)\{([^{}]*)\}", RegexOptions.None, 2000)]
    private static partial Regex TextCommand();

    [GeneratedRegex(@"\\frac\{([^{}]*)\}\{([^{}]*)\}", RegexOptions.None, 2000)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"(?<=\d),(?=\d{3}(?:\D|$))", RegexOptions.None, 2000)]
    private static partial Regex ThousandsComma();

    [GeneratedRegex(@"\s+", RegexOptions.None, 2000)]
    private static partial Regex Spaces();
}
