using System.Collections.Frozen;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;

namespace Rollouts.Models.Jinja.Values;

/// <summary>Text. Lengths and positions count code points, as Python's do.</summary>
/// <param name="text">The text, in UTF-16.</param>
/// <param name="isMarkup">Whether it was escaped for HTML, or declared safe: what is added to it is escaped.</param>
internal sealed class StringValue(string text, bool isMarkup = false) : Value
{
    public static StringValue Empty { get; } = new("");

    public string Text { get; } = text;

    public bool IsMarkup { get; } = isMarkup;

    public override string TypeName => "str";

    public override bool IsTrue => Text.Length > 0;

    public override int? Length => CodePoints.Count(Text);

    protected override FrozenDictionary<string, Builtin> Methods => StringMethods.Table;

    public override void Print(TextBuilder output) => output.Append(Text);

    public override void PrintRepr(TextBuilder output) => PythonText.AppendRepr(Text, output);

    public override IEnumerable<Value> Iterate()
    {
        for (var at = 0; at < Text.Length;)
        {
            var width = CodePoints.Width(Text, at);
            yield return new StringValue(Text.Substring(at, width));
            at += width;
        }
    }

    public override Value? Item(Value key, RenderContext context)
    {
        if (Arithmetic.ToInteger(key) is not { } index) return null;
        context.Budget.Scan(Text.Length);
        var count = CodePoints.Count(Text);
        if (index < 0) index += count;
        return index < 0 || index >= count ? null : new StringValue(CodePoints.Slice(Text, (int)index, 1, BigInteger.One));
    }
}
