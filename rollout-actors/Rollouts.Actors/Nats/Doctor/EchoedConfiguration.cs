using System.Text.Json;
using System.Text.Json.Nodes;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Compares what was asked of a server with what it says that it made: servers ignore in silence what they do not know.</summary>
internal static class EchoedConfiguration
{
    /// <summary>Fields that were asked for and came back otherwise, as <c>name asked (made)</c>. What was left to the server's defaults is not compared.</summary>
    public static IEnumerable<string> Differences<T>(T asked, T made)
    {
        var (wanted, there) = (Fields(asked), Fields(made));
        foreach (var (name, value) in wanted)
            if (IsSet(value) && !Covers(there[name], value)) yield return $"{name} {value!.ToJsonString()} ({there[name]?.ToJsonString() ?? "nothing"})";
    }

    /// <exception cref="NatsException">The server made it otherwise.</exception>
    public static void Require<T>(string what, T asked, T made)
    {
        var differences = string.Join(", ", Differences(asked, made));
        if (differences.Length > 0) throw new NatsException($"the NATS server made {what} otherwise than it was asked to, {differences}: nats-server 2.9.10 is the oldest that is supported");
    }

    private static JsonObject Fields<T>(T configuration) => JsonSerializer.SerializeToNode(configuration)!.AsObject();

    private static bool IsSet(JsonNode? value) => value switch
    {
        null => false,
        JsonArray array => array.Count > 0,
        JsonObject fields => fields.Count > 0,
        _ => value.ToJsonString() is not ("0" or "false" or "\"\""),
    };

    /// <summary>Servers add entries of their own to what is a table.</summary>
    private static bool Covers(JsonNode? made, JsonNode? asked) => asked is JsonObject fields
        ? made is JsonObject there && fields.All(f => JsonNode.DeepEquals(there[f.Key], f.Value))
        : JsonNode.DeepEquals(made, asked);
}
