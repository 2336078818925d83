using System.Collections.Frozen;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Filters;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Tests;

/// <summary>What can follow <c>is</c>.</summary>
internal static class TestTable
{
    private static readonly FrozenDictionary<string, Builtin> Table = BuiltinTable.Of(
        [
            Test("defined", s => s is not UndefinedValue),
            Test("undefined", s => s is UndefinedValue),
            Test("none", s => s is NoneValue),
            Test("boolean", s => s is BooleanValue),
            Test("true", s => ReferenceEquals(s, BooleanValue.True)),
            Test("false", s => ReferenceEquals(s, BooleanValue.False)),
            Test("integer", s => s is IntegerValue),
            Test("float", s => s is FloatValue),
            Test("number", Arithmetic.IsNumber),
            Test("string", s => s is StringValue),
            Test("mapping", s => s is DictValue),
            Test("sequence", s => s is StringValue or SequenceValue or DictValue or RangeValue or UndefinedValue),
            Test("iterable", s => s.Iterate() is not null),
            Test("callable", s => s is FunctionValue or UndefinedValue),
            Test("escaped", s => s is StringValue { IsMarkup: true }),
            new("lower", "", (s, _, c) => BooleanValue.Of(ClassMethods.IsLower(c.Text(s)))),
            new("upper", "", (s, _, c) => BooleanValue.Of(ClassMethods.IsUpper(c.Text(s)))),
            new("odd", "", (s, _, c) => BooleanValue.Of(Remainder(s, new IntegerValue(2), 1, c))),
            new("even", "", (s, _, c) => BooleanValue.Of(Remainder(s, new IntegerValue(2), 0, c))),
            new("divisibleby", "num", (s, a, c) => BooleanValue.Of(Remainder(s, a[0]!, 0, c))),
            new("sameas", "other", (s, a, _) => BooleanValue.Of(IsSame(s, a[0]!))),
            new("filter", "", (s, _, c) => BooleanValue.Of(IsName(s, FilterTable.Contains, c))),
            new("test", "", (s, _, c) => BooleanValue.Of(IsName(s, Contains, c))),
            .. Relations("==", "eq", "equalto", "=="),
            .. Relations("!=", "ne", "!="),
            .. Relations("<", "lt", "lessthan", "<"),
            .. Relations("<=", "le", "<="),
            .. Relations(">", "gt", "greaterthan", ">"),
            .. Relations(">=", "ge", ">="),
            .. Relations("in", "in"),
        ]);

    public static bool Contains(string name) => Table.ContainsKey(name);

    /// <exception cref="TemplateFault">There is none of this name.</exception>
    public static Builtin Find(string name) => Table.TryGetValue(name, out var test) ? test : throw new TemplateFault($"no test named '{name}'");

    private static Builtin Test(string name, Func<Value, bool> holds) => new(name, "", (s, _, _) => BooleanValue.Of(holds(s)));

    private static IEnumerable<Builtin> Relations(string symbol, params string[] names) =>
        names.Select(name => new Builtin(name, "other", (s, a, c) => BooleanValue.Of(Relation.Holds(symbol, s, a[0]!, c))));

    private static bool Remainder(Value value, Value divisor, int expected, RenderContext context) =>
        Equality.AreEqual(Arithmetic.Apply("%", value, divisor, context), new IntegerValue(expected), context.Budget);

    private static bool IsName(Value value, Func<string, bool> exists, RenderContext context) => ValueComparer.IsHashable(value, context.Budget)
        ? value is StringValue name && exists(name.Text)
        : throw new TemplateFault($"unhashable type: '{value.TypeName}'");

    // Small numbers and equal literals are one object in Python.
    private static bool IsSame(Value x, Value y) =>
        ReferenceEquals(x, y) || (x is IntegerValue a && y is IntegerValue b && a.Value == b.Value) || (x is StringValue s && y is StringValue t && s.Text == t.Text);
}
