using System.Collections.Frozen;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>The methods of dictionaries that change nothing.</summary>
internal static class DictMethods
{
    public static FrozenDictionary<string, Builtin> Table { get; } = BuiltinTable.Of(
        [
            new("get", "key default?", (s, a, _) => ((DictValue)s).Find(a[0]!) ?? a[1] ?? NoneValue.Instance),
            new("keys", "", (s, _, _) => new DictView("dict_keys", (DictValue)s, entry => entry.Key)),
            new("values", "", (s, _, _) => new DictView("dict_values", (DictValue)s, entry => entry.Value)),
            new("items", "", (s, _, _) => new DictView("dict_items", (DictValue)s, entry => new TupleValue([entry.Key, entry.Value]))),
            new("copy", "", (s, _, _) => s),
        ]);
}
