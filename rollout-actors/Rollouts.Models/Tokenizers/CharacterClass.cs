using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Rollouts.Models;

/// <summary>
/// Unicode classes of code points, as pre-tokenizer patterns ask for them.
/// .NET's Regex works on UTF-16 units, so its <c>\p{L}</c> never matches a letter outside the basic plane and the ids would differ; hence scanners of our own.
/// </summary>
[Flags]
internal enum CharacterClass : byte
{
    None = 0,
    Letter = 1,
    Number = 2,
    Punctuation = 4,
    Symbol = 8,
    Mark = 16,
    Space = 32,
    Newline = 64,
}

/// <summary>Looks up classes: a table for the basic plane, the framework's data beyond.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] BasicPlane = [.. Enumerable.Range(0, 0x10000).Select(Classify)];

    /// <summary>The class of the code point at a place, and how many UTF-16 units it takes. Past the end it is no class and no units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        if ((uint)at >= (uint)text.Length)
        {
            length = 0;
            return CharacterClass.None;
        }

        var unit = text[at];
        if (!char.IsSurrogate(unit))
        {
            length = 1;
            return BasicPlane[unit];
        }

        return Beyond(text, at, out length);
    }

    private static CharacterClass Beyond(ReadOnlySpan<char> text, int at, out int length) =>
        Rune.DecodeFromUtf16(text[at..], out var rune, out length) == OperationStatus.Done ? Classify(rune.Value) : CharacterClass.Symbol;

    private static CharacterClass Classify(int codePoint)
    {
        var value = CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => CharacterClass.Punctuation,
            UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol => CharacterClass.Symbol,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Mark,
            _ => CharacterClass.None,
        };
        if (codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint)) value |= CharacterClass.Space;
        if (codePoint is '\r' or '\n') value |= CharacterClass.Newline;
        return value;
    }
}
