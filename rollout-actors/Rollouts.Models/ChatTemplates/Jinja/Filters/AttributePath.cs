using System.Globalization;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>What filters take as <c>attribute</c>: a name, a number, or several with dots between them.</summary>
internal sealed class AttributePath
{
    private readonly Value[] _keys;
    private readonly Value? _default;

    /// <param name="default">In place of what is undefined on the way.</param>
    public AttributePath(Value attribute, Value? @default = null)
    {
        _default = @default is NoneValue ? null : @default;
        _keys = attribute switch
        {
            StringValue text => [.. text.Text.Split('.').Select(Key)],
            IntegerValue => [attribute],
            _ => [],
        };
    }

    public Value Of(Value item, RenderContext context)
    {
        foreach (var key in _keys)
        {
            item = Lookup.Item(item, key, context);
            if (item is UndefinedValue && _default is not null) item = _default;
        }

        return item;
    }

    /// <summary>What items are compared by: themselves or an attribute, letters' case left out unless it counts.</summary>
    /// <param name="attribute">Null for the items themselves.</param>
    public static Func<Value, Value> Key(Value? attribute, bool caseSensitive, RenderContext context)
    {
        var path = new AttributePath(attribute ?? NoneValue.Instance);
        return item => path.Of(item, context) is var value && !caseSensitive && value is StringValue name ? new StringValue(name.Text.ToLowerInvariant()) : value;
    }

    /// <summary>The same for several attributes with commas between them: a list, compared from its first item on.</summary>
    public static Func<Value, Value> Keys(Value? attributes, bool caseSensitive, RenderContext context)
    {
        Value?[] parts = attributes is StringValue { Text: var text } ? [.. text.Split(',').Select(part => new StringValue(part))] : [attributes];
        Func<Value, Value>[] keys = [.. parts.Select(part => Key(part, caseSensitive, context))];
        return item => new ListValue([.. keys.Select(key => key(item))]);
    }

    private static Value Key(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntegerValue(index) : new StringValue(part);
}
