using System.Text;

namespace Rollouts.TestSupport.Fuzzing;

/// <summary>Changes files a little, at random: most stay close enough to sound ones to get past the first check.</summary>
/// <param name="seeds">Sound files.</param>
/// <param name="words">What the format is made of.</param>
public sealed class Mutator(IReadOnlyList<byte[]> seeds, IReadOnlyList<string> words, int seed)
{
    private static readonly string[] Numbers = ["0", "-1", "1", "2147483648", "9223372036854775807", "-9223372036854775809", "18446744073709551616", "1e308", "1e999", "0.5", "NaN", "99999999999999999999999999"];

    private readonly Random _random = new(seed);

    /// <summary>The next changed file.</summary>
    public byte[] Next()
    {
        var bytes = new List<byte>(seeds[_random.Next(seeds.Count)]);
        for (var left = 1 + _random.Next(4); left > 0; left--) Change(bytes);
        return [.. bytes];
    }


    private void Change(List<byte> bytes)
    {
        switch (_random.Next(9))
        {
            case 0: FlipBits(bytes); break;
            case 1: Remove(bytes, Span(bytes, 8)); break;
            case 2: Remove(bytes, Span(bytes, bytes.Count)); break;
            case 3: Insert(bytes, Word()); break;
            case 4: Replace(bytes, Span(bytes, 12), Word()); break;
            case 5: Repeat(bytes); break;
            case 6: Replace(bytes, Digits(bytes), Encoding.UTF8.GetBytes(Numbers[_random.Next(Numbers.Length)])); break;
            case 7: Splice(bytes); break;
            default: Swap(bytes); break;
        }
    }

    private void FlipBits(List<byte> bytes)
    {
        if (bytes.Count > 0) bytes[_random.Next(bytes.Count)] ^= (byte)(1 << _random.Next(8));
    }

    private void Insert(List<byte> bytes, byte[] what) => bytes.InsertRange(_random.Next(bytes.Count + 1), what);

    private static void Remove(List<byte> bytes, (int Start, int Count) span) => bytes.RemoveRange(span.Start, span.Count);

    private static void Replace(List<byte> bytes, (int Start, int Count) span, byte[] with)
    {
        bytes.RemoveRange(span.Start, span.Count);
        bytes.InsertRange(span.Start, with);
    }

    /// <summary>Writes a stretch many times over: deep nesting and long lists.</summary>
    private void Repeat(List<byte> bytes)
    {
        var (start, count) = Span(bytes, 24);
        var stretch = bytes.GetRange(start, count);
        for (var left = _random.Next(10) == 0 ? 2_000 : _random.Next(6); left > 0; left--) bytes.InsertRange(start, stretch);
    }

    private void Splice(List<byte> bytes)
    {
        var other = seeds[_random.Next(seeds.Count)];
        var start = _random.Next(other.Length + 1);
        Insert(bytes, other[start..Math.Min(other.Length, start + 1 + _random.Next(80))]);
    }

    private void Swap(List<byte> bytes)
    {
        var (start, count) = Span(bytes, 24);
        var stretch = bytes.GetRange(start, count);
        bytes.RemoveRange(start, count);
        bytes.InsertRange(_random.Next(bytes.Count + 1), stretch);
    }

    private byte[] Word() => Encoding.UTF8.GetBytes(words[_random.Next(words.Count)]);

    private (int Start, int Count) Span(List<byte> bytes, int max)
    {
        var start = _random.Next(bytes.Count + 1);
        return (start, Math.Min(_random.Next(max + 1), bytes.Count - start));
    }

    /// <summary>The next number from a random place on; an empty stretch where there is none.</summary>
    private (int Start, int Count) Digits(List<byte> bytes)
    {
        var start = _random.Next(bytes.Count + 1);
        while (start < bytes.Count && !char.IsAsciiDigit((char)bytes[start])) start++;
        var end = start;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
        return (start, end - start);
    }
}
