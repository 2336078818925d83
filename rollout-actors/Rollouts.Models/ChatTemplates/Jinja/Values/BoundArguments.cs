using System.Numerics;

namespace Rollouts.Models.Jinja.Values;

/// <summary>The arguments of a builtin, each in its place.</summary>
/// <param name="Function">For messages.</param>
/// <param name="Rest">Positional ones beyond the parameters.</param>
/// <param name="Named">Named ones that are no parameters.</param>
internal sealed record BoundArguments(string Function, string[] Names, Value?[] Values, Value[] Rest, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    /// <summary>An argument; null where it was left out.</summary>
    public Value? this[int index] => Values[index];

    public bool Has(int index) => Values[index] is not null and not NoneValue;

    /// <exception cref="TemplateFault">It is no text.</exception>
    public string Text(int index) => Values[index] is StringValue text ? text.Text : throw Wrong(index, "a str");

    public string Text(int index, string otherwise) => Values[index] is null ? otherwise : Text(index);

    /// <summary>A whole number, clamped to what fits.</summary>
    /// <exception cref="TemplateFault">It is no whole number.</exception>
    public int Integer(int index) => Arithmetic.ToInteger(Values[index]!) is { } value ? (int)BigInteger.Clamp(value, int.MinValue, int.MaxValue) : throw Wrong(index, "an int");

    public int Integer(int index, int otherwise) => Has(index) ? Integer(index) : otherwise;

    public bool Flag(int index, bool otherwise = false) => Values[index]?.IsTrue ?? otherwise;

    private TemplateFault Wrong(int index, string what) =>
        Values[index] is UndefinedValue undefined ? undefined.Fault() : new($"{Function}() needs {what} as '{Names[index]}', not '{Values[index]?.TypeName ?? "nothing"}'");
}
