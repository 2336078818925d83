using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters on any value.</summary>
internal static class ValueFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("default", "default_value? boolean?", (s, a, _) => Default(s, a)),
        new("d", "default_value? boolean?", (s, a, _) => Default(s, a)),
        new("attr", "name", (s, a, _) => Lookup.OwnAttribute(s, a.Text(0)) ?? UndefinedValue.Attribute(s, a.Text(0))),
        new("length", "", (s, _, _) => Length(s)),
        new("count", "", (s, _, _) => Length(s)),
        new("list", "", (s, _, c) => new ListValue(c.ToArray(s))),
        new("items", "", (s, _, _) => Items(s)),
    ];

    private static Value Default(Value value, BoundArguments arguments) =>
        value is UndefinedValue || (arguments.Flag(1) && !value.IsTrue) ? arguments[0] ?? StringValue.Empty : value;

    private static IntegerValue Length(Value value) => new(value.Length ?? throw new TemplateFault($"object of type '{value.TypeName}' has no len()"));

    private static GeneratorValue Items(Value value) => value switch
    {
        UndefinedValue => new GeneratorValue([]),
        DictValue dict => new GeneratorValue(dict.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))),
        _ => throw new TemplateFault("Can only get item pairs from a mapping."),
    };
}
