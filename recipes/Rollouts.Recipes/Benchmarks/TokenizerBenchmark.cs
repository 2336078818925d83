using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench tokenizer</c>: how fast a tokenizer loads, and encodes on one thread.</summary>
public static class TokenizerBenchmark
{
    /// <param name="model">A folder with tokenizer.json.</param>
    /// <param name="input">JSON Lines with a text each.</param>
    public static string Run(string model, string input)
    {
        string[] texts = [.. File.ReadLines(input).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!)];
        var bytes = texts.Sum(t => (long)Encoding.UTF8.GetByteCount(t));
        var start = Stopwatch.GetTimestamp();
        var tokenizer = Tokenizer.Load(model);
        var load = Stopwatch.GetElapsedTime(start);
        foreach (var text in texts.Take(1000)) tokenizer.Encode(text, addSpecialTokens: true, recogniseAddedTokens: true);
        start = Stopwatch.GetTimestamp();
        var tokens = texts.Sum(text => (long)tokenizer.Encode(text, addSpecialTokens: true, recogniseAddedTokens: true).Length);
        var encode = Stopwatch.GetElapsedTime(start);
        return string.Create(CultureInfo.InvariantCulture, $"rollouts: loads in {load.TotalMilliseconds:F0} ms, encodes {bytes / encode.TotalSeconds / 1e6:F2} MB/s ({tokens} tokens)");
    }
}
