namespace Rollouts.Models;

/// <summary>
/// The third split of DeepSeek V3:
/// <c>[ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class DeepSeekSplitter : Splitter
{
    private const CharacterClass Word = CharacterClass.Letter | CharacterClass.Mark;
    private const CharacterClass Sign = CharacterClass.Punctuation | CharacterClass.Symbol;

    public override int MatchAt(ReadOnlySpan<char> text, int at)
    {
        if (char.IsAscii(text[at]) && (char.IsPunctuation(text[at]) || char.IsSymbol(text[at])) && AsciiLetters(text, at + 1) is var letters and > 0) return 1 + letters;
        var first = CharacterClasses.At(text, at, out var length);
        if ((first & (CharacterClass.Letter | Sign | CharacterClass.Newline)) == 0 && Run(text, at + length, Word) is var tail and > 0) return length + tail;
        if (Run(text, at, Word) is var word and > 0) return word;
        if (Signs(text, at) is var signs and > 0) return signs;
        var space = Run(text, at, CharacterClass.Space);
        if (space == 0) return 0;
        return ThroughLastNewline(text, at, space) is var lines and > 0 ? lines : TrailingSpace(text, at, space);
    }

    private static int Signs(ReadOnlySpan<char> text, int at)
    {
        var start = text[at] == ' ' ? at + 1 : at;
        var run = Run(text, start, Sign);
        return run == 0 ? 0 : start - at + run + Run(text, start + run, CharacterClass.Newline);
    }

    private static int AsciiLetters(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        while (end < text.Length && char.IsAsciiLetter(text[end])) end++;
        return end - at;
    }
}
