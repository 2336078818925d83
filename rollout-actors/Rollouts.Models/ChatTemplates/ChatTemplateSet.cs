namespace Rollouts.Models;

/// <summary>The chat templates of a model: most have one, some another for tools. Safe to call from any thread.</summary>
public sealed class ChatTemplateSet
{
    private readonly IReadOnlyDictionary<string, ChatTemplate> _templates;

    private ChatTemplateSet(IReadOnlyDictionary<string, ChatTemplate> templates, string fingerprint) => (_templates, Fingerprint) = (templates, fingerprint);

    /// <summary>The templates' names; most models have one, <c>default</c>.</summary>
    public IEnumerable<string> Names => _templates.Keys;

    /// <summary>Tells two models' templates apart.</summary>
    public string Fingerprint { get; }

    /// <summary>The templates of a model folder; null where it has none.</summary>
    /// <exception cref="ModelFormatException">A file is broken, or a template is none; the message names the file and the template's line.</exception>
    public static ChatTemplateSet? Load(string folder, TimeProvider? time = null)
    {
        var sources = ChatTemplateFiles.Read(folder);
        if (sources.Count == 0) return null;
        var tokens = SpecialTokenFiles.Read(folder);
        var parts = sources.Select(s => $"{s.Key}: {s.Value.Source}").Concat(tokens.Select(t => $"{t.Key} = {t.Value}"));
        var fingerprint = string.Join('\n', parts.Order(StringComparer.Ordinal));
        return new ChatTemplateSet(sources.ToDictionary(s => s.Key, s => Parse(s.Value.Source, s.Value.File, tokens, time)), ModelFiles.FingerprintOf(fingerprint));
    }

    /// <summary>The variables that a folder's templates are given for the tokenizer's special tokens, such as <c>bos_token</c>.</summary>
    /// <exception cref="ModelFormatException">A file is broken.</exception>
    public static IReadOnlyDictionary<string, string> SpecialTokens(string folder) => SpecialTokenFiles.Read(folder);

    /// <summary>The text of a conversation: by the template <c>tool_use</c> where there is one and tools are given, else by <c>default</c>.</summary>
    /// <param name="name">A template's name, in place of that choice.</param>
    /// <exception cref="TemplateException">The template raised an error, or exceeded a limit.</exception>
    /// <exception cref="FormatException">There is no template of that name, or messages, tools or variables are no JSON of the right kind.</exception>
    public string Render(ChatRequest request, string? name = null)
    {
        name ??= request.Tools is not null && _templates.ContainsKey("tool_use") ? "tool_use" : ChatTemplateFiles.DefaultName;
        return _templates.TryGetValue(name, out var template)
            ? template.Render(request)
            : throw new FormatException($"the model has no chat template '{name}'; it has {string.Join(", ", _templates.Keys.Order(StringComparer.Ordinal))}");
    }

    private static ChatTemplate Parse(string source, string file, IReadOnlyDictionary<string, string> tokens, TimeProvider? time)
    {
        try
        {
            return new ChatTemplate(source, tokens, time: time);
        }
        catch (TemplateException e)
        {
            throw new ModelFormatException($"{file}: {e.Message}", e);
        }
    }
}
