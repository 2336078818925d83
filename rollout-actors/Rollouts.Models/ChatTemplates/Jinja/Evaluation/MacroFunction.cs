using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>A macro, or the body of a call block, with the names that it sees where it stands.</summary>
internal sealed class MacroFunction(Macro macro, Scope definedIn, Interpreter interpreter) : FunctionValue
{
    public override string TypeName => "Macro";

    public override Value? Attribute(string name) => name switch
    {
        "name" => new StringValue(macro.Name),
        "arguments" => new TupleValue([.. macro.Parameters.Select(p => new StringValue(p.Name))]),
        "caller" => BooleanValue.Of(macro.Uses.HasFlag(MacroUses.Caller)),
        _ => null,
    };

    public override Value Call(CallArguments arguments, RenderContext context)
    {
        context.Budget.Enter();
        var scope = definedIn.Inner();
        BindPositional(arguments.Positional, scope);
        BindKeywords(arguments, scope, context);
        BindDefaults(arguments, scope);
        var (_, text) = interpreter.Capture(macro.Body, scope);
        context.Budget.Leave();
        return text;
    }

    public override void Print(TextBuilder output) => output.Append($"<Macro '{macro.Name}'>");

    private void BindPositional(IReadOnlyList<Value> positional, Scope scope)
    {
        var numParameters = macro.Parameters.Length;
        if (positional.Count > numParameters && !macro.Uses.HasFlag(MacroUses.RestArguments))
            throw new TemplateFault($"macro '{macro.Name}' takes not more than {numParameters} argument(s)");
        for (var i = 0; i < Math.Min(positional.Count, numParameters); i++) scope.Set(macro.Parameters[i].Name, positional[i]);
        if (macro.Uses.HasFlag(MacroUses.RestArguments)) scope.Set("varargs", new TupleValue([.. positional.Skip(numParameters)]));
    }

    private void BindKeywords(CallArguments arguments, Scope scope, RenderContext context)
    {
        var named = new DictValue(context.Budget);
        var takesCaller = macro.Uses.HasFlag(MacroUses.Caller) && IndexOf("caller") < 0;
        if (takesCaller) scope.Set("caller", new UndefinedValue("No caller defined"));
        foreach (var (name, value) in arguments.Keywords)
        {
            var at = IndexOf(name);
            if (at >= 0 && at < arguments.Positional.Count) throw new TemplateFault($"macro '{macro.Name}' got multiple values for argument '{name}'");
            if (at >= 0 || (takesCaller && name == "caller")) scope.Set(name, value);
            else if (macro.Uses.HasFlag(MacroUses.NamedArguments)) named.Set(name, value);
            else throw new TemplateFault($"macro '{macro.Name}' takes no keyword argument '{name}'");
        }

        if (macro.Uses.HasFlag(MacroUses.NamedArguments)) scope.Set("kwargs", named);
    }

    /// <summary>Defaults are evaluated afresh at each call, and see the parameters before them.</summary>
    private void BindDefaults(CallArguments arguments, Scope scope)
    {
        for (var i = arguments.Positional.Count; i < macro.Parameters.Length; i++)
        {
            var (name, value) = macro.Parameters[i];
            if (arguments.Keywords.Any(k => k.Key == name)) continue;
            scope.Set(name, value is null ? new UndefinedValue($"parameter '{name}' was not provided") : interpreter.Evaluate(value, scope));
        }
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < macro.Parameters.Length; i++)
            if (macro.Parameters[i].Name == name) return i;
        return -1;
    }
}
