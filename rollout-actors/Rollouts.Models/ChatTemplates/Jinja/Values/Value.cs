using System.Collections.Frozen;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>A value of a template, with the manners of the Python object that it stands for. Templates reach nothing else: no .NET member is ever looked up.</summary>
internal abstract class Value
{
    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Python's truth.</summary>
    public virtual bool IsTrue => true;

    /// <summary>Python's <c>len</c>; null where there is none.</summary>
    public virtual int? Length => null;

    /// <summary>What the value's methods are, by name.</summary>
    protected virtual FrozenDictionary<string, Builtin>? Methods => null;

    /// <summary>Writes Python's <c>str</c>.</summary>
    public abstract void Print(TextBuilder output);

    /// <summary>Writes Python's <c>repr</c>.</summary>
    public virtual void PrintRepr(TextBuilder output) => Print(output);

    /// <summary>The items that a loop visits; null where there are none.</summary>
    public virtual IEnumerable<Value>? Iterate() => null;

    /// <summary><c>value[key]</c>; null where there is no such item.</summary>
    public virtual Value? Item(Value key, RenderContext context) => null;

    /// <summary><c>value.name</c>, before items are looked at; null where there is no such attribute.</summary>
    public virtual Value? Attribute(string name) => Methods?.TryGetValue(name, out var method) == true ? new BoundMethod(this, method) : null;
}
