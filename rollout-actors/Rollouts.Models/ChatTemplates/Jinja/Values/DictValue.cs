using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;

namespace Rollouts.Models.Jinja.Values;

/// <summary>A dictionary, in the order of its keys' first appearance.</summary>
internal sealed class DictValue(RenderBudget budget) : Value
{
    private readonly OrderedDictionary<Value, Value> _entries = new(new ValueComparer(budget));

    public IReadOnlyDictionary<Value, Value> Entries => _entries;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override int? Length => _entries.Count;

    protected override FrozenDictionary<string, Builtin> Methods => DictMethods.Table;

    /// <summary>Sets an entry while the dictionary is being built.</summary>
    /// <exception cref="TemplateFault">The key cannot be hashed.</exception>
    public DictValue Set(Value key, Value value)
    {
        budget.Allocate(64);
        _entries[key] = value;
        return this;
    }

    public DictValue Set(string key, Value value) => Set(new StringValue(key), value);

    /// <exception cref="TemplateFault">The key cannot be hashed.</exception>
    public Value? Find(Value key) => _entries.TryGetValue(key, out var value) ? value : null;

    public Value? Find(string key) => Find(new StringValue(key));

    public override IEnumerable<Value> Iterate() => _entries.Keys;

    // A key that cannot be hashed is in no dictionary.
    public override Value? Item(Value key, RenderContext context) => ValueComparer.IsHashable(key, budget) ? Find(key) : null;

    public override void Print(TextBuilder output)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        output.Append('{');
        var first = true;
        foreach (var (key, value) in _entries)
        {
            if (!first) output.Append(", ");
            first = false;
            key.PrintRepr(output);
            output.Append(": ");
            value.PrintRepr(output);
        }

        output.Append('}');
    }
}
