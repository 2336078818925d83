namespace Rollouts.Models;

/// <summary>GPT-2's writing of bytes as visible characters: a byte that is no visible Latin-1 character stands at U+0100 and up, in order (openai/gpt-2:src/encoder.py).</summary>
internal static class ByteAlphabet
{
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256)
        .Where(b => !IsVisible(b)).Select((b, i) => ((char)(256 + i), (byte)b))
        .Concat(Enumerable.Range(0, 256).Where(IsVisible).Select(b => ((char)b, (byte)b)))
        .ToDictionary(x => x.Item1, x => x.Item2);

    /// <summary>The bytes that a token stands for; null where it is not written in this alphabet.</summary>
    public static byte[]? Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
            if (!Bytes.TryGetValue(token[i], out bytes[i])) return null;
        return bytes;
    }

    private static bool IsVisible(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
