namespace Rollouts.Models;

/// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>: the pattern built into ByteLevel.</summary>
internal sealed class Gpt2Splitter : Splitter
{
    public override int MatchAt(ReadOnlySpan<char> text, int at)
    {
        if (Contraction(text[at..]) is var contraction and > 0) return contraction;
        var start = text[at] == ' ' ? at + 1 : at;
        var run = Run(text, start, CharacterClass.Letter);
        if (run == 0) run = Run(text, start, CharacterClass.Number);
        if (run == 0) run = RunWithout(text, start, CharacterClass.Space | CharacterClass.Letter | CharacterClass.Number);
        return run > 0 ? start - at + run : TrailingSpace(text, at, Run(text, at, CharacterClass.Space));
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r', 'e', ..] or ['\'', 'v', 'e', ..] or ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };
}
