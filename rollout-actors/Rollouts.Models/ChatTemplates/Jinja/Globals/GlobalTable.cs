using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Globals;

/// <summary>The names that every template sees: Jinja's own, and those that transformers adds.</summary>
internal static class GlobalTable
{
    /// <summary>Read by all renderings, changed by none.</summary>
    public static Scope Scope { get; } = Create();

    private static Scope Create()
    {
        var scope = new Scope(null);
        foreach (var builtin in All()) scope.Set(builtin.Name, new BuiltinFunction(builtin));
        return scope;
    }

    private static IEnumerable<Builtin> All() =>
    [
        new("range", "start stop? step?", (_, a, _) => RangeOf(a)),
        new("dict", "* **", (_, a, c) => DictOf(a, c)),
        new("namespace", "* **", (_, a, c) => NamespaceOf(a, c)),
        new("cycler", "*", (_, a, _) => new CyclerValue(a.Rest)),
        new("joiner", "sep?", (_, a, c) => new JoinerValue(a[0] ?? new StringValue(", "))),
        new("raise_exception", "message", (_, a, c) => throw new TemplateFault(c.Text(a[0]!))),
        new("strftime_now", "format", (_, a, c) => new StringValue(StrftimeFormat.Apply(a.Text(0), c))),
    ];

    private static RangeValue RangeOf(BoundArguments arguments)
    {
        var (start, stop) = arguments.Has(1) ? (arguments.Integer(0), arguments.Integer(1)) : (0L, arguments.Integer(0));
        long step = arguments.Integer(2, 1);
        if (step == 0) throw new TemplateFault("range() arg 3 must not be zero");
        var count = Math.Max(0, step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step);
        return count <= RangeValue.MaxCount ? new RangeValue(start, step, (int)count) : throw new TemplateFault($"Range too big. The sandbox blocks ranges larger than {RangeValue.MaxCount}.");
    }

    private static DictValue DictOf(BoundArguments arguments, RenderContext context)
    {
        var dict = new DictValue(context.Budget);
        if (arguments.Rest.Length > 1) throw new TemplateFault($"dict expected at most 1 argument, got {arguments.Rest.Length}");
        foreach (var (key, value) in arguments.Rest.SelectMany(source => Pairs(source, context))) dict.Set(key, value);
        foreach (var (name, value) in arguments.Named) dict.Set(name, value);
        return dict;
    }

    private static NamespaceValue NamespaceOf(BoundArguments arguments, RenderContext context)
    {
        var space = new NamespaceValue();
        foreach (var (key, value) in DictOf(arguments, context).Entries)
            if (key is StringValue name) space.Set(name.Text, value);
        return space;
    }

    private static IEnumerable<KeyValuePair<Value, Value>> Pairs(Value source, RenderContext context) => source is DictValue dict
        ? dict.Entries
        : context.Iterate(source).Select(pair => context.ToArray(pair) is [var key, var value] ? new KeyValuePair<Value, Value>(key, value) : throw new TemplateFault("dict() needs pairs"));
}
