namespace Rollouts.Models;

/// <summary>
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>:
/// Llama 3 with k = 3, Qwen 2 with k = 1.
/// </summary>
internal sealed class WordSplitter(int maxDigits) : Splitter
{
    private const CharacterClass Word = CharacterClass.Letter | CharacterClass.Number;

    public override int MatchAt(ReadOnlySpan<char> text, int at)
    {
        var first = CharacterClasses.At(text, at, out var length);
        if ((first & CharacterClass.Letter) != 0) return Run(text, at, CharacterClass.Letter);
        if ((first & CharacterClass.Number) != 0) return Digits(text, at);
        if (Contraction(text, at) is var contraction and > 0) return contraction;
        if ((first & CharacterClass.Newline) == 0 && Run(text, at + length, CharacterClass.Letter) is var letters and > 0) return length + letters;
        if (Other(text, at) is var other and > 0) return other;
        var space = Run(text, at, CharacterClass.Space);
        return ThroughLastNewline(text, at, space) is var lines and > 0 ? lines : TrailingSpace(text, at, space);
    }

    private int Digits(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        for (var n = 0; n < maxDigits && (CharacterClasses.At(text, end, out var length) & CharacterClass.Number) != 0; n++) end += length;
        return end - at;
    }

    /// <summary><c> ?[^\s\p{L}\p{N}]+[\r\n]*</c></summary>
    private static int Other(ReadOnlySpan<char> text, int at)
    {
        var start = text[at] == ' ' ? at + 1 : at;
        var run = RunWithout(text, start, CharacterClass.Space | Word);
        return run == 0 ? 0 : start - at + run + Run(text, start + run, CharacterClass.Newline);
    }

    private static int Contraction(ReadOnlySpan<char> text, int at)
    {
        if (text[at] != '\'' || at + 1 >= text.Length) return 0;
        var first = Fold(text[at + 1]);
        if (first is 's' or 't' or 'm' or 'd') return 2;
        if (at + 2 >= text.Length) return 0;
        return (first, Fold(text[at + 2])) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    // U+017F, the long s, folds to s.
    private static char Fold(char c) => c == '\u017F' ? 's' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
