using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;

namespace Rollouts.Models.Jinja.Values;

/// <summary>A list or a tuple. Neither changes: templates run in a sandbox.</summary>
internal abstract class SequenceValue(Value[] items) : Value
{
    public Value[] Items { get; } = items;

    public override bool IsTrue => Items.Length > 0;

    public override int? Length => Items.Length;

    protected override FrozenDictionary<string, Builtin> Methods => SequenceMethods.Table;

    public override IEnumerable<Value> Iterate() => Items;

    public override Value? Item(Value key, RenderContext context)
    {
        if (Arithmetic.ToInteger(key) is not { } index) return null;
        if (index < 0) index += Items.Length;
        return index < 0 || index >= Items.Length ? null : Items[(int)index];
    }

    /// <summary>A sequence of the same kind.</summary>
    public abstract SequenceValue With(Value[] items);

    public override void Print(TextBuilder output)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var (open, close) = this is ListValue ? ('[', "]") : ('(', Items.Length == 1 ? ",)" : ")");
        output.Append(open);
        for (var i = 0; i < Items.Length; i++)
        {
            if (i > 0) output.Append(", ");
            Items[i].PrintRepr(output);
        }

        output.Append(close);
    }
}

internal sealed class ListValue(Value[] items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(Value[] items) => new ListValue(items);
}

/// <param name="fieldNames">Names of the items, where they have some: those of <c>groupby</c>.</param>
internal sealed class TupleValue(Value[] items, string[]? fieldNames = null) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public override SequenceValue With(Value[] items) => new TupleValue(items);

    public override Value? Attribute(string name) => fieldNames is not null && Array.IndexOf(fieldNames, name) is var i and >= 0 ? Items[i] : base.Attribute(name);
}
