using System.Text.Json.Nodes;
using Rollouts.Models;

namespace Rollouts.Cli;

/// <summary>Renders lines with <c>messages</c>, and <c>tools</c>, <c>add_generation_prompt</c>, <c>variables</c> and <c>chat_template</c> where they have them. The model's template is read when a line first needs it.</summary>
/// <param name="model">The model folder.</param>
internal sealed class ChatLines(string model)
{
    private readonly Lazy<ChatTemplateSet?> _templates = new(() => ChatTemplateSet.Load(model));

    /// <param name="opensTurn"><c>add_generation_prompt</c> where the line does not say.</param>
    /// <exception cref="TemplateException">The template raised an error, or exceeded a limit.</exception>
    /// <exception cref="FormatException">The model has no template and the line neither, or its values are of the wrong kind.</exception>
    public string Render(JsonObject line, bool opensTurn)
    {
        var request = new ChatRequest(line["messages"]!.ToJsonString())
        {
            Tools = line["tools"]?.ToJsonString(),
            AddGenerationPrompt = line["add_generation_prompt"]?.GetValue<bool>() ?? opensTurn,
            Variables = line["variables"]?.ToJsonString(),
        };
        // A line's own template may also be the name of one of the model's.
        var given = line["chat_template"]?.GetValue<string>();
        if (given is not null && (_templates.Value is not { } set || !set.Names.Contains(given))) return new ChatTemplate(given, ChatTemplateSet.SpecialTokens(model)).Render(request);
        if (_templates.Value is not { } templates) throw new FormatException($"{model} has no chat template; pass one as chat_template");
        return templates.Render(request, given);
    }
}
