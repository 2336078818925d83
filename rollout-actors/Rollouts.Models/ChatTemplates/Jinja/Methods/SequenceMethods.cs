using System.Collections.Frozen;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>The methods of lists and tuples that change nothing.</summary>
internal static class SequenceMethods
{
    public static FrozenDictionary<string, Builtin> Table { get; } = BuiltinTable.Of(
        [
            new("count", "value", (s, a, c) => new IntegerValue(c.Iterate(s).Count(item => Equality.AreEqual(item, a[0]!, c.Budget)))),
            new("index", "value", (s, a, c) => new IntegerValue(IndexOf(((SequenceValue)s).Items, a[0]!, c))),
            new("copy", "", (s, _, _) => s),
        ]);

    private static int IndexOf(Value[] items, Value value, RenderContext context)
    {
        var at = Array.FindIndex(items, item => Equality.AreEqual(item, value, context.Budget));
        return at >= 0 ? at : throw new TemplateFault("the value is not in the list");
    }
}
