using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Tests;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters that choose or change items one by one, as they are asked for.</summary>
internal static class SelectionFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("map", "* **", (s, a, c) => new GeneratorValue(Map(s, a, c))),
        new("select", "* **", (s, a, c) => new GeneratorValue(Select(s, a, hasAttribute: false, keeps: true, c))),
        new("reject", "* **", (s, a, c) => new GeneratorValue(Select(s, a, hasAttribute: false, keeps: false, c))),
        new("selectattr", "* **", (s, a, c) => new GeneratorValue(Select(s, a, hasAttribute: true, keeps: true, c))),
        new("rejectattr", "* **", (s, a, c) => new GeneratorValue(Select(s, a, hasAttribute: true, keeps: false, c))),
    ];

    private static IEnumerable<Value> Map(Value items, BoundArguments arguments, RenderContext context)
    {
        if (!items.IsTrue && items is not GeneratorValue) yield break;
        var change = Change(arguments, context);
        foreach (var item in context.Iterate(items)) yield return change(item);
    }

    private static Func<Value, Value> Change(BoundArguments arguments, RenderContext context)
    {
        var named = arguments.Named.ToDictionary(pair => pair.Key, pair => pair.Value);
        if (arguments.Rest.Length == 0 && named.Remove("attribute", out var attribute))
        {
            named.Remove("default", out var otherwise);
            if (named.Count > 0) throw new TemplateFault($"unexpected keyword argument '{named.Keys.First()}'");
            var path = new AttributePath(attribute, otherwise);
            return item => path.Of(item, context);
        }

        if (arguments.Rest is not [StringValue name, .. var rest]) throw new TemplateFault("map requires a filter argument");
        var (filter, passed) = (FilterTable.Find(name.Text), new CallArguments(rest, arguments.Named));
        return item => filter.Call(item, passed, context);
    }

    private static IEnumerable<Value> Select(Value items, BoundArguments arguments, bool hasAttribute, bool keeps, RenderContext context)
    {
        if (!items.IsTrue && items is not GeneratorValue) yield break;
        var accepts = Condition(arguments, hasAttribute, context);
        foreach (var item in context.Iterate(items))
            if (accepts(item) == keeps) yield return item;
    }

    /// <summary>An attribute, where one is named, is true, or passes a test.</summary>
    private static Func<Value, bool> Condition(BoundArguments arguments, bool hasAttribute, RenderContext context)
    {
        if (hasAttribute && arguments.Rest.Length == 0) throw new TemplateFault("Missing parameter for attribute name");
        var path = new AttributePath(hasAttribute ? arguments.Rest[0] : NoneValue.Instance);
        var rest = hasAttribute ? arguments.Rest[1..] : arguments.Rest;
        if (rest.Length == 0) return item => path.Of(item, context).IsTrue;
        var (test, passed) = (TestTable.Find(context.Text(rest[0])), new CallArguments(rest[1..], arguments.Named));
        return item => test.Call(path.Of(item, context), passed, context).IsTrue;
    }
}
