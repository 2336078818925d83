using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rollouts.Models;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>Renders texts and messages by the model's chat template; what it writes is encoded without further special tokens.</summary>
/// <param name="templates">The model's.</param>
/// <param name="prompts">What the recipe says of the prompts.</param>
/// <param name="others">Encodes what is no chat.</param>
internal sealed class ChatEncoder(ChatTemplateSet templates, ITokenizer tokenizer, PromptsSection prompts, IPromptEncoder others) : IPromptEncoder
{
    /// <inheritdoc/>
    public ImmutableArray<int> Encode(PromptContent content) => content switch
    {
        PromptContent.Text text => Encode(ChatRequest.OfText(text.Value, prompts.System) with { Tools = text.ToolsJson }),
        PromptContent.Messages messages => Encode(new ChatRequest(WithSystem(messages.Json)) { Tools = messages.ToolsJson }),
        _ => others.Encode(content),
    };

    // The template writes the special tokens, so they are recognised here whatever special_tokens says.
    private ImmutableArray<int> Encode(ChatRequest request) =>
        tokenizer.Encode(templates.Render(request with { Variables = prompts.TemplateVariables?.Json }), addSpecialTokens: false, recogniseAddedTokens: true);

    /// <summary>The messages, after the recipe's system message where they begin with none of their own.</summary>
    private string WithSystem(string messages)
    {
        if (prompts.System is null) return messages;
        var list = JsonNode.Parse(messages)!.AsArray();
        if (list.Count > 0 && list[0] is JsonObject first && first["role"] is JsonValue role && role.GetValueKind() == JsonValueKind.String && role.GetValue<string>() == "system") return messages;
        list.Insert(0, new JsonObject { ["role"] = "system", ["content"] = prompts.System });
        return list.ToJsonString();
    }
}
