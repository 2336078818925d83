using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>What <c>namespace()</c> gives: the one thing in a template whose attributes can be set.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly OrderedDictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Attribute(string name) => _attributes.TryGetValue(name, out var value) ? value : null;

    public override void Print(TextBuilder output)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        output.Append("<Namespace {");
        var first = true;
        foreach (var (name, value) in _attributes)
        {
            if (!first) output.Append(", ");
            first = false;
            PythonText.AppendRepr(name, output);
            output.Append(": ");
            value.PrintRepr(output);
        }

        output.Append("}>");
    }
}
