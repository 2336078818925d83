using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary><c>a.b</c> looks at attributes first and then at items, <c>a['b']</c> at items first.</summary>
internal static class Lookup
{
    // What Python's objects have and Jinja's sandbox hides. They exist, so no item of that name is looked up.
    private static readonly HashSet<(string, string)> Unsafe =
    [
        .. new[] { "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove" }.Select(m => ("list", m)),
        .. new[] { "clear", "pop", "popitem", "setdefault", "update" }.Select(m => ("dict", m)),
    ];

    public static Value Attribute(Value target, string name, RenderContext context) =>
        OwnAttribute(target, name) ?? target.Item(new StringValue(name), context) ?? UndefinedValue.Attribute(target, name);

    public static Value Item(Value target, Value key, RenderContext context)
    {
        if (target is UndefinedValue undefined) throw undefined.Fault();
        if (target.Item(key, context) is { } item) return item;
        return key is StringValue name && OwnAttribute(target, name.Text) is { } attribute ? attribute : UndefinedValue.Item(target, key, context);
    }

    /// <summary>An attribute that is no item; null where there is none.</summary>
    public static Value? OwnAttribute(Value target, string name)
    {
        if (target is UndefinedValue undefined) throw undefined.Fault();
        return target.Attribute(name) ?? (Unsafe.Contains((target.TypeName, name)) ? new UndefinedValue($"access to attribute '{name}' of '{target.TypeName}' object is unsafe.") : null);
    }
}
