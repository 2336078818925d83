using System.Text.Json;
using Rollouts.Models.Jinja;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models;

/// <summary>A model's chat template: turns messages into the text that the model was trained on. Parsed once; safe to call from any thread.</summary>
/// <remarks>Renders as transformers' <c>apply_chat_template</c> does (<see href="https://huggingface.co/docs/transformers/chat_templating"/>), within <see cref="TemplateLimits"/>.</remarks>
public sealed class ChatTemplate
{
    private readonly Template _template;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly TemplateLimits _limits;
    private readonly TimeProvider _time;

    /// <param name="source">In the Jinja language.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c>.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="TemplateException">The source is no template.</exception>
    public ChatTemplate(string source, IReadOnlyDictionary<string, string>? specialTokens = null, TemplateLimits? limits = null, TimeProvider? time = null)
    {
        _template = Template.Parse(source);
        _specialTokens = specialTokens ?? new Dictionary<string, string>();
        _limits = limits ?? TemplateLimits.Default;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The text of a conversation.</summary>
    /// <exception cref="TemplateException">The template raised an error, or exceeded a limit.</exception>
    /// <exception cref="FormatException">Messages, tools or variables are no JSON of the right kind.</exception>
    public string Render(ChatRequest request)
    {
        using var messages = Read(request.Messages, "messages", JsonValueKind.Array);
        using var tools = request.Tools is null ? null : Read(request.Tools, "tools", JsonValueKind.Array);
        using var variables = request.Variables is null ? null : Read(request.Variables, "variables", JsonValueKind.Object);
        try
        {
            return _template.Render(budget => Variables(messages, tools, variables, request.AddGenerationPrompt, budget), _limits, _time);
        }
        catch (InvalidOperationException e)
        {
            // An escape of half a surrogate pair is found when the text is asked for.
            throw new FormatException(e.Message, e);
        }
    }

    private IEnumerable<KeyValuePair<string, Value>> Variables(JsonDocument messages, JsonDocument? tools, JsonDocument? variables, bool addGenerationPrompt, RenderBudget budget)
    {
        foreach (var (name, token) in _specialTokens) yield return new(name, new StringValue(token));
        yield return new("tools", tools is null ? NoneValue.Instance : JsonReader.Read(tools.RootElement, budget));
        yield return new("documents", NoneValue.Instance);
        foreach (var variable in variables?.RootElement.EnumerateObject() ?? default) yield return new(variable.Name, JsonReader.Read(variable.Value, budget));
        yield return new("messages", JsonReader.Read(messages.RootElement, budget));
        yield return new("add_generation_prompt", BooleanValue.Of(addGenerationPrompt));
    }

    private static JsonDocument Read(string json, string what, JsonValueKind kind)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == kind) return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            throw new FormatException($"{what}: {e.Message}", e);
        }

        throw new FormatException($"{what} must be a JSON {(kind == JsonValueKind.Array ? "list" : "object")}");
    }
}
