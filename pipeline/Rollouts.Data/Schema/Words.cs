using System.Collections.Frozen;

namespace Rollouts.Data;

/// <summary>How columns spell an enum: its names in lower case.</summary>
internal static class Words<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Spelling = Enum.GetValues<T>().ToFrozenDictionary(v => v, v => v.ToString().ToLowerInvariant());

    private static readonly FrozenDictionary<string, T> Values = Spelling.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

    public static string Of(T value) => Spelling[value];

    public static bool TryRead(string word, out T value) => Values.TryGetValue(word, out value);

    public static string All => string.Join(", ", Spelling.Values);
}
