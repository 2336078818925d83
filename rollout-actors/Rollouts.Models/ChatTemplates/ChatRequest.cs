using System.Text.Json;

namespace Rollouts.Models;

/// <summary>What a chat template is rendered with. JSON is passed as text, for its numbers reach the template as they are written.</summary>
/// <param name="Messages">A JSON list of messages.</param>
public sealed record ChatRequest(string Messages)
{
    /// <summary>A JSON list of tools; null for none, which the template sees as None.</summary>
    public string? Tools { get; init; }

    /// <summary>Whether the text ends with what opens an assistant's turn.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>A JSON object of further variables, <c>documents</c> among them; null for none.</summary>
    public string? Variables { get; init; }

    /// <summary>One message of a user, after one of the system where there is one.</summary>
    public static ChatRequest OfText(string text, string? system = null) =>
        new(JsonSerializer.Serialize(system is null ? [new Message("user", text)] : new[] { new Message("system", system), new Message("user", text) }, MessageNames));

    private static readonly JsonSerializerOptions MessageNames = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private sealed record Message(string Role, string Content);
}
