using System.Numerics;
using System.Runtime.CompilerServices;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>Python's <c>==</c> and order.</summary>
internal static class Equality
{
    public static bool AreEqual(Value x, Value y, RenderBudget budget)
    {
        budget.Step();
        if (ReferenceEquals(x, y)) return x is not FloatValue number || !double.IsNaN(number.Value);
        if (x is StringValue left && y is StringValue right)
        {
            budget.Scan(Math.Min(left.Text.Length, right.Text.Length));
            return left.Text == right.Text;
        }

        if (Arithmetic.IsNumber(x) && Arithmetic.IsNumber(y)) return CompareNumbers(x, y) == 0;
        return (x, y) switch
        {
            (ListValue a, ListValue b) => ItemsEqual(a.Items, b.Items, budget),
            (TupleValue a, TupleValue b) => ItemsEqual(a.Items, b.Items, budget),
            (DictValue a, DictValue b) => EntriesEqual(a, b, budget),
            (RangeValue a, RangeValue b) => a.Iterate().SequenceEqual(b.Iterate(), new ValueComparer(budget)),
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };
    }

    /// <summary>Negative, zero or positive; null where neither is first (NaN).</summary>
    /// <exception cref="TemplateFault">The two have no order.</exception>
    public static int? Compare(Value x, Value y, string symbol, RenderBudget budget)
    {
        budget.Step();
        switch (x, y)
        {
            case (StringValue a, StringValue b):
                budget.Scan(Math.Min(a.Text.Length, b.Text.Length));
                return CodePoints.Compare(a.Text, b.Text);
            case (ListValue a, ListValue b):
                return CompareItems(a.Items, b.Items, symbol, budget);
            case (TupleValue a, TupleValue b):
                return CompareItems(a.Items, b.Items, symbol, budget);
        }

        if (Arithmetic.IsNumber(x) && Arithmetic.IsNumber(y)) return CompareNumbers(x, y);
        throw (x as UndefinedValue ?? y as UndefinedValue)?.Fault() ?? new TemplateFault($"'{symbol}' not supported between instances of '{x.TypeName}' and '{y.TypeName}'");
    }

    private static bool ItemsEqual(Value[] x, Value[] y, RenderBudget budget)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (x.Length != y.Length) return false;
        for (var i = 0; i < x.Length; i++)
            if (!AreEqual(x[i], y[i], budget)) return false;
        return true;
    }

    private static bool EntriesEqual(DictValue x, DictValue y, RenderBudget budget)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (x.Entries.Count != y.Entries.Count) return false;
        foreach (var (key, value) in x.Entries)
            if (y.Find(key) is not { } other || !AreEqual(value, other, budget)) return false;
        return true;
    }

    private static int? CompareItems(Value[] x, Value[] y, string symbol, RenderBudget budget)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
            if (!AreEqual(x[i], y[i], budget)) return Compare(x[i], y[i], symbol, budget);
        return x.Length.CompareTo(y.Length);
    }

    /// <summary>Exact also between whole numbers beyond 2^53 and fractions.</summary>
    private static int? CompareNumbers(Value x, Value y)
    {
        if (Arithmetic.ToInteger(x) is { } i && Arithmetic.ToInteger(y) is { } j) return i.CompareTo(j);
        var (a, b) = (Arithmetic.ToDouble(x), Arithmetic.ToDouble(y));
        if (double.IsNaN(a) || double.IsNaN(b)) return null;
        if (a != b || !double.IsFinite(a) || (x is FloatValue && y is FloatValue)) return a.CompareTo(b);
        return Exact(x).CompareTo(Exact(y));
    }

    private static BigInteger Exact(Value number) => Arithmetic.ToInteger(number) ?? new BigInteger(((FloatValue)number).Value);
}
