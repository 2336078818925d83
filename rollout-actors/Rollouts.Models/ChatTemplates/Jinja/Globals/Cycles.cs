using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Globals;

/// <summary>What <c>cycler(a, b, ...)</c> gives: its values in turn, also across loops.</summary>
internal sealed class CyclerValue : Value
{
    private static readonly Builtin Next = new("next", "", (s, _, _) => ((CyclerValue)s).Advance());

    private static readonly Builtin Reset = new("reset", "", (s, _, _) => ((CyclerValue)s).Restart());

    private readonly Value[] _items;
    private int _at;

    public CyclerValue(Value[] items) => _items = items.Length > 0 ? items : throw new TemplateFault("at least one item has to be provided");

    public override string TypeName => "Cycler";

    public override Value? Attribute(string name) => name switch
    {
        "current" => _items[_at],
        "next" => new BoundMethod(this, Next),
        "reset" => new BoundMethod(this, Reset),
        _ => null,
    };

    public override void Print(TextBuilder output) => output.Append("<Cycler>");

    private Value Advance()
    {
        var item = _items[_at];
        _at = (_at + 1) % _items.Length;
        return item;
    }

    private NoneValue Restart()
    {
        _at = 0;
        return NoneValue.Instance;
    }
}

/// <summary>What <c>joiner(separator)</c> gives: nothing when it is first called, the separator from then on.</summary>
internal sealed class JoinerValue(Value separator) : FunctionValue
{
    private bool _used;

    public override string TypeName => "Joiner";

    public override Value Call(CallArguments arguments, RenderContext context)
    {
        if (_used) return separator;
        _used = true;
        return StringValue.Empty;
    }
}
