using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>None.</summary>
internal sealed class NoneValue : Value
{
    private NoneValue() { }

    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override void Print(TextBuilder output) => output.Append("None");
}

/// <summary>True and False, which are also the numbers 1 and 0.</summary>
internal sealed class BooleanValue : Value
{
    private BooleanValue() { }

    public static BooleanValue True { get; } = new();

    public static BooleanValue False { get; } = new();

    public override string TypeName => "bool";

    public override bool IsTrue => ReferenceEquals(this, True);

    public static BooleanValue Of(bool value) => value ? True : False;

    public override void Print(TextBuilder output) => output.Append(IsTrue ? "True" : "False");
}

/// <summary>What a name or a key without a value gives: it prints as nothing, is empty and false, and anything else that is done with it is an error.</summary>
/// <param name="reason">The message of that error.</param>
internal sealed class UndefinedValue(string reason) : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override int? Length => 0;

    public override void Print(TextBuilder output) { }

    public override void PrintRepr(TextBuilder output) => output.Append("Undefined");

    public override IEnumerable<Value> Iterate() => [];

    public TemplateFault Fault() => new(reason);

    /// <summary>Of an attribute that an object lacks.</summary>
    public static UndefinedValue Attribute(Value target, string name) => new($"'{Describe(target)}' has no attribute '{name}'");

    /// <summary>Of an item that an object lacks.</summary>
    public static UndefinedValue Item(Value target, Value key, RenderContext context)
    {
        if (key is StringValue name) return Attribute(target, name.Text);
        var text = context.NewText();
        key.PrintRepr(text);
        return new UndefinedValue($"{Describe(target)} has no element {text}");
    }

    private static string Describe(Value target) => target is NoneValue ? "None" : $"{target.TypeName} object";
}
