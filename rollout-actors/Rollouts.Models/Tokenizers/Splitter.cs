namespace Rollouts.Models;

/// <summary>One step of a pre-tokenizer: where a pattern matches, the match is a piece of its own, and so is what lies between two matches (behaviour Isolated).</summary>
internal abstract class Splitter
{
    /// <summary>The length of the match that starts exactly here, in UTF-16 units; 0 where none does.</summary>
    public abstract int MatchAt(ReadOnlySpan<char> text, int at);

    /// <summary>A run of code points of the wanted classes from a place on.</summary>
    protected static int Run(ReadOnlySpan<char> text, int at, CharacterClass wanted)
    {
        var end = at;
        while ((CharacterClasses.At(text, end, out var length) & wanted) != 0) end += length;
        return end - at;
    }

    /// <summary>A run of code points of none of these classes.</summary>
    protected static int RunWithout(ReadOnlySpan<char> text, int at, CharacterClass unwanted)
    {
        var end = at;
        while (true)
        {
            var found = CharacterClasses.At(text, end, out var length);
            if (length == 0 || (found & unwanted) != 0) return end - at;
            end += length;
        }
    }

    /// <summary><c>\s*[\r\n]+</c>: white space up to the last line break of its run.</summary>
    protected static int ThroughLastNewline(ReadOnlySpan<char> text, int at, int run)
    {
        var last = text.Slice(at, run).LastIndexOfAny('\r', '\n');
        return last + 1;
    }

    /// <summary><c>\s+(?!\S)|\s+</c>: all of a run at the end of the text, else all but its last, which goes with the word after it.</summary>
    protected static int TrailingSpace(ReadOnlySpan<char> text, int at, int run) => at + run == text.Length || run == 1 ? run : run - 1;
}
