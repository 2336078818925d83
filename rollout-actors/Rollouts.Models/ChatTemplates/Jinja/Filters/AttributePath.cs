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

    /// <summary>The values that an order or a comparison of items goes by; letters' case is left out unless it counts.</summary>
    /// <param name="attribute">Null for the items themselves; several with commas between them are compared one after the other.</param>
    public static Func<Value, Value> Key(Value? attribute, bool caseSensitive, RenderContext context)
    {
        AttributePath[] paths = attribute is StringValue { Text: var text } && text.Contains(',')
            ? [.. text.Split(',').Select(part => new AttributePath(new StringValue(part)))]
            : [new AttributePath(attribute ?? NoneValue.Instance)];
        return item => paths.Length == 1 ? Fold(paths[0].Of(item, context)) : new ListValue([.. paths.Select(path => Fold(path.Of(item, context)))]);

        Value Fold(Value value) => !caseSensitive && value is StringValue name ? new StringValue(name.Text.ToLowerInvariant()) : value;
    }

    private static Value Key(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntegerValue(index) : new StringValue(part);
}
