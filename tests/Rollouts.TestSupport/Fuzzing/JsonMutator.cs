using System.Text;
using System.Text.Json.Nodes;

namespace Rollouts.TestSupport.Fuzzing;

/// <summary>Changes JSON into other JSON: values of other kinds and sizes, keys gone, doubled or renamed. It gets past the JSON reader, which changed bytes seldom do.</summary>
public sealed class JsonMutator(IReadOnlyList<byte[]> seeds, int seed)
{
    private static readonly string[] Values =
        ["null", "true", "false", "0", "-1", "1", "2", "7", "65536", "2147483647", "9223372036854775807", "1e308", "0.5", "-0.5", "\"\"", "\"x\"", "\"HALF\"", "\"a b\"", "[]", "{}", "[0]", "[-1, 0]", "{\"type\": \"Sequence\"}"];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var root = JsonNode.Parse(seeds[_random.Next(seeds.Count)])!;
        for (var left = 1 + _random.Next(3); left > 0; left--) Change(root);
        // The writer refuses half a surrogate pair, which files can hold.
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace("HALF", "\\ud800", StringComparison.Ordinal));
    }

    /// <summary>Changes something inside of an object or a list.</summary>
    private void Change(JsonNode root)
    {
        var places = Containers(root).ToArray();
        switch (places[_random.Next(places.Length)])
        {
            case JsonObject { Count: > 0 } map: Change(map, map.ElementAt(_random.Next(map.Count)).Key); break;
            case JsonArray { Count: > 0 } list: Change(list, _random.Next(list.Count)); break;
            case JsonObject map: map["added"] = Value(); break;
            case JsonArray list: list.Add(Value()); break;
        }
    }

    private void Change(JsonObject map, string key)
    {
        var value = map[key]?.DeepClone();
        switch (_random.Next(5))
        {
            case 0: map.Remove(key); break;
            case 1:
                map.Remove(key);
                map[key + "x"] = value;
                break;
            case 2: map[map.ElementAt(_random.Next(map.Count)).Key] = value; break;
            default: map[key] = Near(value); break;
        }
    }

    private void Change(JsonArray list, int at)
    {
        switch (_random.Next(5))
        {
            case 0: list.RemoveAt(at); break;
            case 1: list.Insert(at, list[at]?.DeepClone()); break;
            case 2: list.Add(Value()); break;
            default: list[at] = Near(list[at]?.DeepClone()); break;
        }
    }

    /// <summary>Anything, or a number a little off.</summary>
    private JsonNode? Near(JsonNode? value) => value is JsonValue number && number.TryGetValue<long>(out var whole) && _random.Next(2) == 0
        ? JsonValue.Create(_random.Next(4) switch { 0 => whole + 1, 1 => whole - 1, 2 => -whole, _ => whole * 2 })
        : Value();

    private JsonNode? Value() => JsonNode.Parse(Values[_random.Next(Values.Length)]);

    /// <summary>Objects and lists that can be changed; of large ones only the outer part, or nothing else would ever be chosen.</summary>
    private static IEnumerable<JsonNode> Containers(JsonNode? node)
    {
        if (node is not (JsonObject or JsonArray)) return [];
        var children = node is JsonObject map ? map.Select(entry => entry.Value) : node.AsArray();
        return children.Take(40).SelectMany(Containers).Prepend(node);
    }
}
