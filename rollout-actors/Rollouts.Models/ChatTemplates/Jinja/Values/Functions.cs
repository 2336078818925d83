using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>What a call passes.</summary>
internal readonly record struct CallArguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Keywords)
{
    public static CallArguments None { get; } = new([], []);
}

/// <summary>What can be called.</summary>
internal abstract class FunctionValue : Value
{
    public override string TypeName => "function";

    public abstract Value Call(CallArguments arguments, RenderContext context);

    public override void Print(TextBuilder output) => output.Append("<function>");
}

/// <summary>A function of the language.</summary>
internal sealed class BuiltinFunction(Builtin builtin) : FunctionValue
{
    public override Value Call(CallArguments arguments, RenderContext context) => builtin.Call(NoneValue.Instance, arguments, context);
}

/// <summary>A method and the value that it is called on.</summary>
internal sealed class BoundMethod(Value target, Builtin method) : FunctionValue
{
    public override string TypeName => "builtin_function_or_method";

    public override Value Call(CallArguments arguments, RenderContext context) => method.Call(target, arguments, context);
}
