using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>What <c>namespace()</c> gives: the one thing in a template whose attributes can be set.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Attribute(string name) => _attributes.GetValueOrDefault(name);

    public override void Print(TextBuilder output) => output.Append("<Namespace>");
}
