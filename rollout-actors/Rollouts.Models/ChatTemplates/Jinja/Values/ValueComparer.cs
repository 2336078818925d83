using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>Compares and hashes the keys of dictionaries as Python does: 1, 1.0 and True are one key. All work is counted: tuples may share parts, and be larger than memory when written out.</summary>
internal sealed class ValueComparer(RenderBudget budget) : IEqualityComparer<Value>
{
    public static bool IsHashable(Value value, RenderBudget budget)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Step();
        return value is TupleValue tuple ? tuple.Items.All(item => IsHashable(item, budget)) : value is not (ListValue or DictValue);
    }

    public bool Equals(Value? x, Value? y) => Equality.AreEqual(x!, y!, budget);

    /// <exception cref="TemplateFault">The value cannot be hashed.</exception>
    public int GetHashCode(Value value)
    {
        budget.Step();
        return value switch
        {
            StringValue text => OfText(text.Text),
            BooleanValue flag => (flag.IsTrue ? 1.0 : 0.0).GetHashCode(),
            IntegerValue integer => ((double)integer.Value).GetHashCode(),
            FloatValue number => number.Value.GetHashCode(),
            TupleValue tuple => OfItems(tuple),
            UndefinedValue => 1,
            ListValue or DictValue => throw new TemplateFault($"unhashable type: '{value.TypeName}'"),
            _ => RuntimeHelpers.GetHashCode(value),
        };
    }

    private int OfText(string text)
    {
        budget.Scan(text.Length);
        return text.GetHashCode();
    }

    private int OfItems(TupleValue tuple)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var hash = new HashCode();
        foreach (var item in tuple.Items) hash.Add(GetHashCode(item));
        return hash.ToHashCode();
    }
}
