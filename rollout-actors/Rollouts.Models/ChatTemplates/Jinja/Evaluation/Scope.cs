using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>Names and what they mean in one part of a template. What is set inside of a loop or macro is not seen outside.</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, Value> _names = new(StringComparer.Ordinal);

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
            if (scope._names.TryGetValue(name, out var value)) return value;
        return null;
    }

    public void Set(string name, Value value) => _names[name] = value;

    public Scope Inner() => new(this);

    private Scope? Parent { get; } = parent;
}
