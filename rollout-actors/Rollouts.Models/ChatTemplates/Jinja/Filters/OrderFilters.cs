using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters that compare items.</summary>
internal static class OrderFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("sort", "reverse? case_sensitive? attribute?", (s, a, c) => new ListValue(Sort(c.ToArray(s), AttributePath.Keys(Given(a[2]), a.Flag(1), c), a.Flag(0), c))),
        new("unique", "case_sensitive? attribute?", (s, a, c) => new GeneratorValue(Unique(s, AttributePath.Key(Given(a[1]), a.Flag(0), c), c))),
        new("min", "case_sensitive? attribute?", (s, a, c) => Extreme(s, AttributePath.Key(Given(a[1]), a.Flag(0), c), -1, c)),
        new("max", "case_sensitive? attribute?", (s, a, c) => Extreme(s, AttributePath.Key(Given(a[1]), a.Flag(0), c), 1, c)),
        new("groupby", "attribute default? case_sensitive?", GroupBy),
        new("dictsort", "case_sensitive? by? reverse?", DictSort),
    ];

    private static Value? Given(Value? value) => value is NoneValue ? null : value;

    // Reversed, equals keep their order: the order is turned around, not the list.
    private static Value[] Sort(Value[] items, Func<Value, Value> key, bool reverse, RenderContext context) =>
        StableSort.Sort(items, key, (x, y) => (reverse ? Equality.Compare(y, x, "<", context.Budget) : Equality.Compare(x, y, "<", context.Budget)) < 0);

    private static IEnumerable<Value> Unique(Value items, Func<Value, Value> key, RenderContext context)
    {
        var seen = new HashSet<Value>(new ValueComparer(context.Budget));
        foreach (var item in context.Iterate(items))
            if (seen.Add(key(item))) yield return item;
    }

    /// <param name="sign">1 for the largest, -1 for the smallest; the first of equals.</param>
    private static Value Extreme(Value items, Func<Value, Value> key, int sign, RenderContext context)
    {
        Value? best = null, bestKey = null;
        foreach (var item in context.Iterate(items))
        {
            var itemKey = key(item);
            if (bestKey is not null && !(Equality.Compare(itemKey, bestKey, sign > 0 ? ">" : "<", context.Budget) * sign > 0)) continue;
            (best, bestKey) = (item, itemKey);
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static ListValue GroupBy(Value items, BoundArguments arguments, RenderContext context)
    {
        var path = new AttributePath(arguments[0]!, arguments[1]);
        var fold = AttributePath.Key(null, arguments.Flag(2), context);
        var sorted = Sort(context.ToArray(items), Key, reverse: false, context);
        var groups = new List<Value>();
        for (var (start, at) = (0, 1); start < sorted.Length; at++)
        {
            if (at < sorted.Length && Equality.AreEqual(Key(sorted[at]), Key(sorted[start]), context.Budget)) continue;
            groups.Add(new TupleValue([path.Of(sorted[start], context), new ListValue(sorted[start..at])], ["grouper", "list"]));
            start = at;
        }

        return new ListValue([.. groups]);

        Value Key(Value item) => fold(path.Of(item, context));
    }

    private static ListValue DictSort(Value value, BoundArguments arguments, RenderContext context)
    {
        if (value is not DictValue dict) throw new TemplateFault($"dictsort needs a dict, not '{value.TypeName}'");
        var by = arguments.Text(1, "key");
        if (by is not ("key" or "value")) throw new TemplateFault("You can only sort by either \"key\" or \"value\"");
        var position = new IntegerValue(by == "key" ? 0 : 1);
        Value[] pairs = [.. dict.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))];
        return new ListValue(Sort(pairs, AttributePath.Key(position, arguments.Flag(0), context), arguments.Flag(2), context));
    }
}
