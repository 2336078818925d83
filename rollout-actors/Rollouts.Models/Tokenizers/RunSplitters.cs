namespace Rollouts.Models;

/// <summary><c>\p{N}{1,k}</c>, or with k = 1 the pre-tokenizer Digits with individual_digits.</summary>
internal sealed class DigitSplitter(int maxDigits) : Splitter
{
    public override int MatchAt(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        for (var n = 0; n < maxDigits && (CharacterClasses.At(text, end, out var length) & CharacterClass.Number) != 0; n++) end += length;
        return end - at;
    }
}

/// <summary><c>[一-龥぀-ゟ゠-ヿ]+</c>: Chinese and Japanese, split off by DeepSeek V3.</summary>
internal sealed class CjkSplitter : Splitter
{
    public override int MatchAt(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        while (end < text.Length && text[end] is (>= '\u4E00' and <= '\u9FA5') or (>= '\u3040' and <= '\u30FF')) end++;
        return end - at;
    }
}
