using System.Globalization;
using System.Text.Json;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>JSON as template values.</summary>
internal static class JsonReader
{
    public static Value Read(JsonElement json, RenderBudget budget) => json.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(json, budget),
        JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(item => Read(item, budget))]),
        JsonValueKind.String => new StringValue(json.GetString()!),
        JsonValueKind.Number => ReadNumber(json.GetRawText()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        _ => NoneValue.Instance,
    };

    private static DictValue ReadObject(JsonElement json, RenderBudget budget)
    {
        var dict = new DictValue(budget);
        foreach (var property in json.EnumerateObject()) dict.Set(property.Name, Read(property.Value, budget));
        return dict;
    }

    // As Python reads it: a point or an exponent makes a float.
    private static Value ReadNumber(string text) => text.AsSpan().ContainsAny('.', 'e', 'E')
        ? new FloatValue(double.Parse(text, CultureInfo.InvariantCulture))
        : IntegerValue.Parse(text);
}
