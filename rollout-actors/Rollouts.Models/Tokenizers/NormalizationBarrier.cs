using System.Collections;
using System.Text;

namespace Rollouts.Models;

/// <summary>
/// NFC as the reference tokenizers have it, whose tables are those of Unicode 9: a mark that Unicode gave a combining class or a composition later is an ordinary
/// character to them. It is kept where it stands, and what lies between is normalised by the runtime's newer tables. U+FFFE, which Normalize refuses, is another such.
/// </summary>
/// <remarks>The marks of Unicode 10 to 14 were found by asking the reference for each; those of 15 and 16 are from DerivedCombiningClass.txt and the composition pairs.</remarks>
internal static class NormalizationBarrier
{
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x7FD, 0x7FD), (0x897, 0x89F), (0x8CA, 0x8D3), (0x9FE, 0x9FE), (0xC3C, 0xC3C), (0xD3B, 0xD3C), (0xEBA, 0xEBA), (0x1715, 0x1715), (0x1ABF, 0x1ACE),
        (0x1ACF, 0x1AEB), (0x1DF6, 0x1DFA), (0xA82C, 0xA82C), (0xFFFE, 0xFFFE), (0x105D2, 0x105D2), (0x105DA, 0x105DA), (0x10D24, 0x10D27), (0x10D69, 0x10D6D),
        (0x10EAB, 0x10EAC), (0x10EFA, 0x10EFF), (0x10F46, 0x10F50), (0x10F82, 0x10F85), (0x11070, 0x11070), (0x1133B, 0x1133B), (0x11380, 0x113E2), (0x1145E, 0x1145E),
        (0x11839, 0x1183A), (0x11930, 0x11930), (0x1193D, 0x1193E), (0x11943, 0x11943), (0x119E0, 0x119E0), (0x11A34, 0x11A34), (0x11A47, 0x11A47), (0x11A99, 0x11A99),
        (0x11D42, 0x11D42), (0x11D44, 0x11D45), (0x11D97, 0x11D97), (0x11F41, 0x11F42), (0x16100, 0x1613F), (0x16D40, 0x16D7F), (0x16FF0, 0x16FF1), (0x1E08F, 0x1E08F),
        (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC, 0x1E2EF), (0x1E4EC, 0x1E4EF), (0x1E5EE, 0x1E5EF),
    ];

    private static readonly BitArray Members = Fill();

    /// <summary>NFC of well-formed text.</summary>
    public static string Normalize(string text)
    {
        StringBuilder? result = null;
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var length = char.IsSurrogatePair(text, i) ? 2 : 1;
            var rune = length == 2 ? char.ConvertToUtf32(text, i) : text[i];
            if (rune < Members.Length && Members[rune])
            {
                result ??= new StringBuilder(text.Length);
                result.Append(text[start..i].Normalize(NormalizationForm.FormC)).Append(text, i, length);
                start = i + length;
            }

            i += length - 1;
        }

        return result is null ? text.Normalize(NormalizationForm.FormC) : result.Append(text[start..].Normalize(NormalizationForm.FormC)).ToString();
    }

    private static BitArray Fill()
    {
        var members = new BitArray(Ranges[^1].Last + 1);
        foreach (var (first, last) in Ranges)
            for (var rune = first; rune <= last; rune++) members[rune] = true;
        return members;
    }
}
