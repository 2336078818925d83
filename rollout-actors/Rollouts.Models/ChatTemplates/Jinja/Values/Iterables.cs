using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>What <c>range</c> gives: whole numbers that are counted, not stored.</summary>
internal sealed class RangeValue(long start, long step, int count) : Value
{
    /// <summary>The sandbox of Jinja allows no longer one.</summary>
    public const int MaxCount = 100_000;

    public override string TypeName => "range";

    public override bool IsTrue => count > 0;

    public override int? Length => count;

    public override void Print(TextBuilder output) =>
        output.Append($"range({start}, {start + step * count}{(step == 1 ? "" : $", {step}")})");

    public override IEnumerable<Value> Iterate() => Enumerable.Range(0, count).Select(i => new IntegerValue(start + step * i));

    public RangeValue Slice(int first, int width, int length) => new(start + step * first, step * width, length);

    public override Value? Item(Value key, RenderContext context)
    {
        if (Arithmetic.ToInteger(key) is not { } index) return null;
        if (index < 0) index += count;
        return index < 0 || index >= count ? null : new IntegerValue(start + (BigInteger)step * index);
    }
}

/// <summary>Items that are made when they are asked for, once: what <c>map</c>, <c>select</c> and their like give. Always true, and without a length.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> items) : Value
{
    private readonly IEnumerator<Value> _items = items.GetEnumerator();

    public override string TypeName => "generator";

    public override void Print(TextBuilder output) => output.Append("<generator object>");

    public override IEnumerable<Value> Iterate()
    {
        while (_items.MoveNext()) yield return _items.Current;
    }
}

/// <summary>What a dictionary's <c>keys</c>, <c>values</c> and <c>items</c> give.</summary>
/// <param name="name">Python's name of the type.</param>
internal sealed class DictView(string name, DictValue dict, Func<KeyValuePair<Value, Value>, Value> select) : Value
{
    public override string TypeName => name;

    public override bool IsTrue => dict.IsTrue;

    public override int? Length => dict.Length;

    public override IEnumerable<Value> Iterate() => dict.Entries.Select(select);

    public override void Print(TextBuilder output)
    {
        output.Append(name).Append('(');
        new ListValue([.. Iterate()]).Print(output);
        output.Append(')');
    }
}
