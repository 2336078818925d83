using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters on sequences as wholes.</summary>
internal static class SequenceFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("join", "d? attribute?", (s, a, c) => StringMethods.Text(Join(s, a, c))),
        new("first", "", (s, _, c) => c.Iterate(s).FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.")),
        new("last", "", (s, _, c) => Reversible(s, c) is [.., var last] ? last : new UndefinedValue("No last item, sequence was empty.")),
        new("reverse", "", (s, _, c) => Reverse(s, c)),
        new("sum", "attribute? start?", Sum),
        new("batch", "linecount fill_with?", (s, a, c) => new GeneratorValue(Batch(c.ToArray(s), Count(a), a[1], c))),
        new("slice", "slices fill_with?", (s, a, c) => new GeneratorValue(Slice(c.ToArray(s), Count(a), a[1], c))),
    ];

    private static string Join(Value items, BoundArguments arguments, RenderContext context)
    {
        var separator = arguments[0] is null ? "" : context.Text(arguments[0]!);
        var path = new AttributePath(arguments[1] ?? NoneValue.Instance);
        var text = context.NewText();
        var first = true;
        foreach (var item in context.Iterate(items))
        {
            if (!first) text.Append(separator);
            first = false;
            text.Append(path.Of(item, context));
        }

        return text.ToString();
    }

    private static Value[] Reversible(Value value, RenderContext context) =>
        value is GeneratorValue ? throw new TemplateFault("'generator' object is not reversible") : context.ToArray(value);

    private static Value Reverse(Value value, RenderContext context)
    {
        if (value is StringValue text) return Slicing.Apply(text, NoneValue.Instance, NoneValue.Instance, new IntegerValue(-1), context);
        var items = context.ToArray(value);
        Array.Reverse(items);
        return value is GeneratorValue ? new ListValue(items) : new GeneratorValue(items);
    }

    private static Value Sum(Value items, BoundArguments arguments, RenderContext context)
    {
        var path = new AttributePath(arguments[0] ?? NoneValue.Instance);
        var sum = arguments[1] ?? new IntegerValue(0);
        if (sum is StringValue) throw new TemplateFault("sum() can't sum strings");
        foreach (var item in context.Iterate(items)) sum = Arithmetic.Apply("+", sum, path.Of(item, context), context);
        return sum;
    }

    private static int Count(BoundArguments arguments) => arguments.Integer(0) is var count and > 0 ? count : throw new TemplateFault($"{arguments.Function} needs a number above 0");

    private static IEnumerable<Value> Batch(Value[] items, int count, Value? fill, RenderContext context)
    {
        for (var at = 0; at < items.Length; at += count)
        {
            var length = Math.Min(count, items.Length - at);
            yield return Filled(items.AsSpan(at, length), fill is null or NoneValue ? 0 : count - length, fill, context);
            if (length < count) yield break;
        }
    }

    /// <summary>So many columns, the first ones longer by one where it does not come out even.</summary>
    private static IEnumerable<Value> Slice(Value[] items, int count, Value? fill, RenderContext context)
    {
        var (length, longer) = (items.Length / count, items.Length % count);
        for (var (i, at) = (0, 0); i < count; i++)
        {
            var width = length + (i < longer ? 1 : 0);
            yield return Filled(items.AsSpan(at, width), fill is not (null or NoneValue) && i >= longer ? 1 : 0, fill, context);
            at += width;
        }
    }

    private static ListValue Filled(ReadOnlySpan<Value> items, int missing, Value? fill, RenderContext context)
    {
        // A list of its own weighs as much as a few items.
        context.Budget.AllocateItems(6L + items.Length + missing);
        var filled = new Value[items.Length + missing];
        items.CopyTo(filled);
        Array.Fill(filled, fill!, items.Length, missing);
        return new ListValue(filled);
    }
}
