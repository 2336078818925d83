using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>Comparison operators.</summary>
internal static class Relation
{
    /// <exception cref="TemplateFault">The operands cannot be compared so.</exception>
    public static bool Holds(string symbol, Value left, Value right, RenderContext context) => symbol switch
    {
        "==" => Equality.AreEqual(left, right, context.Budget),
        "!=" => !Equality.AreEqual(left, right, context.Budget),
        "<" => Equality.Compare(left, right, symbol, context.Budget) < 0,
        "<=" => Equality.Compare(left, right, symbol, context.Budget) <= 0,
        ">" => Equality.Compare(left, right, symbol, context.Budget) > 0,
        ">=" => Equality.Compare(left, right, symbol, context.Budget) >= 0,
        "in" => Contains(right, left, context),
        _ => !Contains(right, left, context),
    };

    private static bool Contains(Value container, Value item, RenderContext context)
    {
        switch (container)
        {
            case StringValue text:
                context.Budget.Scan(text.Text.Length);
                return item is StringValue part ? TextSearch.Contains(text.Text, part.Text) : throw new TemplateFault($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                return dict.Find(item) is not null;
            case UndefinedValue:
                return false;
        }

        if (container.Iterate() is null) throw new TemplateFault($"argument of type '{container.TypeName}' is not iterable");
        foreach (var candidate in context.Iterate(container))
            if (Equality.AreEqual(candidate, item, context.Budget)) return true;
        return false;
    }
}
