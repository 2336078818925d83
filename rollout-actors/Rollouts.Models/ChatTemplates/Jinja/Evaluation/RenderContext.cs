using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>What every part of one rendering may use.</summary>
/// <param name="Budget">What it may cost.</param>
/// <param name="Time">The clock of <c>strftime_now</c>.</param>
internal sealed record RenderContext(RenderBudget Budget, TimeProvider Time)
{
    /// <summary>An empty text that counts what it grows by.</summary>
    public TextBuilder NewText() => new(Budget);

    /// <summary>A value as text, as Python's <c>str</c> gives it.</summary>
    public string Text(Value value)
    {
        if (value is StringValue text) return text.Text;
        var builder = NewText();
        value.Print(builder);
        return builder.ToString();
    }

    /// <summary>The items of a value, one step each.</summary>
    /// <exception cref="TemplateFault">It has none.</exception>
    public IEnumerable<Value> Iterate(Value value)
    {
        var items = value.Iterate() ?? throw new TemplateFault($"'{value.TypeName}' object is not iterable");
        return Counted(items);
    }

    /// <summary>The items of a value, as an array.</summary>
    public Value[] ToArray(Value value)
    {
        var items = new List<Value>();
        foreach (var item in Iterate(value))
        {
            Budget.AllocateItems(1);
            items.Add(item);
        }

        return [.. items];
    }

    private IEnumerable<Value> Counted(IEnumerable<Value> items)
    {
        foreach (var item in items)
        {
            Budget.Step();
            yield return item;
        }
    }
}
