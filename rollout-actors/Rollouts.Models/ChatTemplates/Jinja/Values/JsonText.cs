using System.Globalization;
using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>How <c>tojson</c> writes.</summary>
/// <param name="AsciiOnly">Whether every other character is escaped.</param>
/// <param name="Indent">What each level is indented by; null puts all on one line.</param>
/// <param name="ItemSeparator">Between items.</param>
/// <param name="KeySeparator">Between a key and its value.</param>
/// <param name="SortKeys">Whether keys come in order.</param>
internal sealed record JsonTextOptions(bool AsciiOnly, string? Indent, string ItemSeparator, string KeySeparator, bool SortKeys);

/// <summary>Template values as JSON, byte for byte what Python's <c>json.dumps</c> writes.</summary>
internal sealed class JsonText(TextBuilder output, JsonTextOptions options)
{
    /// <exception cref="TemplateFault">The value has no JSON form.</exception>
    public void Write(Value value, int depth = 0)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case NoneValue or BooleanValue or IntegerValue or FloatValue: output.Append(Scalar(value)); break;
            case StringValue text: WriteString(text.Text); break;
            case SequenceValue sequence: WriteItems(sequence.Items, depth); break;
            case DictValue dict: WriteEntries(dict, depth); break;
            default: throw new TemplateFault($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static string Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BooleanValue flag => flag.IsTrue ? "true" : "false",
        IntegerValue integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue { Value: double.NaN } => "NaN",
        FloatValue { Value: double.PositiveInfinity } => "Infinity",
        FloatValue { Value: double.NegativeInfinity } => "-Infinity",
        _ => PythonFloat.Repr(((FloatValue)value).Value),
    };

    private void WriteItems(Value[] items, int depth)
    {
        output.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            BeginItem(i == 0, depth + 1);
            Write(items[i], depth + 1);
        }

        if (items.Length > 0) NewLine(depth);
        output.Append(']');
    }

    private void WriteEntries(DictValue dict, int depth)
    {
        IEnumerable<KeyValuePair<Value, Value>> entries = dict.Entries;
        if (options.SortKeys) entries = StableSort.Sort([.. entries], e => e.Key, (a, b) => Equality.Compare(a, b, "<", output.Budget) < 0);
        output.Append('{');
        var first = true;
        foreach (var (key, value) in entries)
        {
            BeginItem(first, depth + 1);
            first = false;
            WriteString(KeyText(key));
            output.Append(options.KeySeparator);
            Write(value, depth + 1);
        }

        if (!first) NewLine(depth);
        output.Append('}');
    }

    private static string KeyText(Value key) => key switch
    {
        StringValue text => text.Text,
        NoneValue or BooleanValue or IntegerValue or FloatValue => Scalar(key),
        _ => throw new TemplateFault($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private void BeginItem(bool first, int depth)
    {
        if (!first) output.Append(options.ItemSeparator);
        NewLine(depth);
    }

    private void NewLine(int depth)
    {
        if (options.Indent is null) return;
        output.Append('\n');
        for (var i = 0; i < depth; i++) output.Append(options.Indent);
    }

    private void WriteString(string text)
    {
        output.Append('"');
        foreach (var c in text)
        {
            if (Escape(c) is { } escape) output.Append(escape);
            else output.Append(c);
        }

        output.Append('"');
    }

    private string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ when c < ' ' || (options.AsciiOnly && c > '~') => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
        _ => null,
    };
}
