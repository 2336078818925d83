using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>What <c>loop</c> is inside of a loop.</summary>
/// <param name="depth">1 for the outermost call of a recursive loop.</param>
/// <param name="recurse">Renders the loop over other items; null where it is not recursive.</param>
internal sealed class LoopValue(Value[] items, int depth, Func<Value, Value>? recurse) : FunctionValue
{
    private static readonly Builtin Cycle = new("cycle", "*", (loop, arguments, _) =>
        arguments.Rest.Length > 0 ? arguments.Rest[((LoopValue)loop).Index % arguments.Rest.Length] : throw new TemplateFault("no items for cycling given"));

    private static readonly Builtin Changed = new("changed", "*", (loop, arguments, context) => BooleanValue.Of(((LoopValue)loop).HasChanged(new TupleValue(arguments.Rest), context)));

    private TupleValue? _lastSeen;

    public override string TypeName => "LoopContext";

    /// <summary>The item that is visited, from 0.</summary>
    public int Index { get; set; }

    public override int? Length => items.Length;

    public override Value? Attribute(string name) => name switch
    {
        "index" => Number(Index + 1),
        "index0" => Number(Index),
        "revindex" => Number(items.Length - Index),
        "revindex0" => Number(items.Length - Index - 1),
        "first" => BooleanValue.Of(Index == 0),
        "last" => BooleanValue.Of(Index == items.Length - 1),
        "length" => Number(items.Length),
        "depth" => Number(depth),
        "depth0" => Number(depth - 1),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index + 1 < items.Length ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new BoundMethod(this, Cycle),
        "changed" => new BoundMethod(this, Changed),
        _ => null,
    };

    public override Value Call(CallArguments arguments, RenderContext context)
    {
        if (recurse is null) throw new TemplateFault("The loop must have the 'recursive' marker to be called recursively.");
        return arguments is { Positional: [var items], Keywords.Count: 0 } ? recurse(items) : throw new TemplateFault("loop() takes one argument, the items to go on with");
    }

    public override void Print(TextBuilder output) => output.Append($"<LoopContext {Index + 1}/{items.Length}>");

    private bool HasChanged(TupleValue now, RenderContext context)
    {
        if (_lastSeen is { } last && Equality.AreEqual(last, now, context.Budget)) return false;
        _lastSeen = now;
        return true;
    }

    private static IntegerValue Number(int value) => new(value);
}
