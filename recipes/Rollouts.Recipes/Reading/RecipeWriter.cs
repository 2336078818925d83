using System.Collections;
using System.Globalization;
using System.Text;

namespace Rollouts.Recipes;

/// <summary>A recipe with every default filled in: as YAML for people, and flat for comparison.</summary>
public static class RecipeWriter
{
    /// <summary>The resolved recipe.</summary>
    public static string ToYaml(Recipe recipe)
    {
        var text = new StringBuilder();
        Write(text, recipe, "");
        return text.ToString();
    }

    /// <summary>Every value by its path, such as <c>sampling.temperature</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Flatten(object section, string path)
    {
        foreach (var (key, property) in Names.Keys(section.GetType()))
        {
            var name = path.Length == 0 ? key : $"{path}.{key}";
            switch (property.GetValue(section))
            {
                case null: break;
                case IDictionary map:
                    foreach (DictionaryEntry entry in map) yield return new($"{name}.{entry.Key}", Scalar(entry.Value!));
                    break;
                case IEnumerable list and not string:
                    var i = 0;
                    foreach (var item in list)
                    {
                        if (IsSection(item)) foreach (var entry in Flatten(item, $"{name}[{i}]")) yield return entry;
                        else yield return new($"{name}[{i}]", Scalar(item));
                        i++;
                    }

                    break;
                case var value when IsSection(value):
                    foreach (var entry in Flatten(value, name)) yield return entry;
                    break;
                case var value: yield return new(name, Scalar(value)); break;
            }
        }
    }

    private static void Write(StringBuilder text, object section, string indent, bool inList = false)
    {
        var lead = inList ? indent[..^2] + "- " : indent;
        foreach (var (key, property) in Names.Keys(section.GetType()))
        {
            var value = property.GetValue(section);
            if (value is null) continue;
            text.Append(lead).Append(key).Append(':');
            lead = indent;
            if (IsSection(value))
            {
                text.Append('\n');
                Write(text, value, indent + "  ");
            }
            else if (value is IDictionary map) text.Append(" { ").AppendJoin(", ", map.Keys.Cast<object>().Select(k => $"{k}: {Scalar(map[k]!)}")).Append(" }\n");
            else if (value is IEnumerable list and not string) WriteList(text, list, indent + "  ");
            else text.Append(' ').Append(Scalar(value)).Append('\n');
        }
    }

    private static void WriteList(StringBuilder text, IEnumerable list, string indent)
    {
        object[] items = [.. list.Cast<object>()];
        if (items.Length == 0 || !IsSection(items[0]))
        {
            text.Append(" [").AppendJoin(", ", items.Select(Scalar)).Append("]\n");
            return;
        }

        text.Append('\n');
        foreach (var item in items) Write(text, item, indent + "  ", inList: true);
    }

    private static bool IsSection(object value) => value.GetType() is { IsClass: true, Namespace: "Rollouts.Recipes" } && value is not TransportSection { IsLocal: true };

    private static string Scalar(object value) => value switch
    {
        bool b => b ? "true" : "false",
        TimeSpan duration => Durations.Format(duration),
        Enum e => Names.Key(e.ToString()),
        string s => $"'{s.Replace("'", "''", StringComparison.Ordinal)}'",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
