using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>Variables of a chat template: a mapping of names to values of any shape, kept as JSON.</summary>
public readonly record struct TemplateVariables(string Json)
{
    /// <summary>Reads a mapping; null where the node is none, or has a key that is no name.</summary>
    internal static TemplateVariables? Read(YamlNode node) =>
        node is YamlMappingNode && node.AllNodes.OfType<YamlMappingNode>().All(m => m.Children.Keys.All(key => key is YamlScalarNode)) ? new TemplateVariables(ToJson(node)!.ToJsonString()) : null;

    /// <inheritdoc/>
    public override string ToString() => Json;

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value!),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };

    // What is not quoted may be more than text, by YAML's core schema.
    private static JsonValue? Plain(string text)
    {
        if (text is "" or "~" or "null") return null;
        if (text is "true" or "false") return JsonValue.Create(text == "true");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)) return JsonValue.Create(integer);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(text);
    }
}
