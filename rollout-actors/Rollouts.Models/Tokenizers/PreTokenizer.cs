using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Cuts a text into the pieces within which merges happen.</summary>
/// <param name="splitters">Applied one after another, each to the pieces of the one before.</param>
/// <param name="isByteLevel">Whether merges work on bytes.</param>
/// <param name="addPrefixSpace">Whether a text that does not begin with a space gets one.</param>
internal sealed class PreTokenizer(Splitter[] splitters, bool isByteLevel, bool addPrefixSpace)
{
    /// <summary>Takes a piece.</summary>
    public delegate void PieceHandler<TState>(ReadOnlySpan<char> piece, ref TState state)
        where TState : allows ref struct;

    public bool IsByteLevel => isByteLevel;

    public bool AddPrefixSpace => addPrefixSpace;

    /// <summary>Cuts a text.</summary>
    public void Split<TState>(ReadOnlySpan<char> text, PieceHandler<TState> handle, ref TState state)
        where TState : allows ref struct => Split(text, 0, handle, ref state);

    private void Split<TState>(ReadOnlySpan<char> text, int stage, PieceHandler<TState> handle, ref TState state)
        where TState : allows ref struct
    {
        if (stage == splitters.Length)
        {
            if (!text.IsEmpty) handle(text, ref state);
            return;
        }

        var splitter = splitters[stage];
        var between = 0;
        for (var at = 0; at < text.Length;)
        {
            var length = splitter.MatchAt(text, at);
            if (length == 0)
            {
                CharacterClasses.At(text, at, out var step);
                at += step;
                continue;
            }

            if (at > between) Split(text[between..at], stage + 1, handle, ref state);
            Split(text.Slice(at, length), stage + 1, handle, ref state);
            at += length;
            between = at;
        }

        if (between < text.Length) Split(text[between..], stage + 1, handle, ref state);
    }

    /// <summary>Reads <c>pre_tokenizer</c>.</summary>
    /// <exception cref="ModelFormatException">A kind or pattern that is not known here: its ids would be guesses.</exception>
    public static PreTokenizer Read(JsonElement? json, string file)
    {
        var splitters = new List<Splitter>();
        var byteLevel = false;
        var prefix = false;
        foreach (var part in Parts(json))
        {
            switch (part.GetProperty("type").GetString())
            {
                case "ByteLevel":
                    byteLevel = true;
                    prefix |= part.GetProperty("add_prefix_space").GetBoolean();
                    if (!part.TryGetProperty("use_regex", out var regex) || regex.GetBoolean()) splitters.Add(new Gpt2Splitter());
                    break;
                case "Split":
                    splitters.Add(ReadSplit(part, file));
                    break;
                case "Digits":
                    splitters.Add(new DigitSplitter(part.GetProperty("individual_digits").GetBoolean() ? 1 : int.MaxValue));
                    break;
                case var other:
                    throw new ModelFormatException($"{file}: the pre_tokenizer '{other}' is not supported; ByteLevel, Split, Digits and Sequence are");
            }
        }

        return new PreTokenizer([.. splitters], byteLevel, prefix);
    }

    private static IEnumerable<JsonElement> Parts(JsonElement? json) => json switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { } one when one.GetProperty("type").GetString() == "Sequence" => one.GetProperty("pretokenizers").EnumerateArray().SelectMany(p => Parts(p)),
        { } one => [one],
    };

    private static Splitter ReadSplit(JsonElement split, string file)
    {
        var pattern = split.GetProperty("pattern").TryGetProperty("Regex", out var regex) ? regex.GetString() ?? "" : "";
        var isolated = split.GetProperty("behavior").GetString() == "Isolated" && !split.GetProperty("invert").GetBoolean();
        // Some files hold the line breaks of a pattern themselves, others their escapes.
        return (isolated ? pattern.Replace("\r", @"\r", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal) : null) switch
        {
            KnownPatterns.Llama3 => new WordSplitter(3),
            KnownPatterns.Qwen2 => new WordSplitter(1),
            KnownPatterns.Gpt2 => new Gpt2Splitter(),
            KnownPatterns.UpToThreeDigits => new DigitSplitter(3),
            KnownPatterns.DeepSeekCjk => new CjkSplitter(),
            KnownPatterns.DeepSeekWords => new DeepSeekSplitter(),
            _ => throw new ModelFormatException($"{file}: the pre_tokenizer pattern {regex} (behavior {split.GetProperty("behavior")}) is not known; supported are those of Llama 3, Qwen 2, GPT-2 and DeepSeek V3"),
        };
    }
}
