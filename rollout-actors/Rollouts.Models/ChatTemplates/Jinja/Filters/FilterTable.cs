using System.Collections.Frozen;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>The filters by name: Jinja's own, but for <c>pprint</c>, <c>random</c>, <c>urlize</c>, <c>wordwrap</c> and <c>xmlattr</c>.</summary>
internal static class FilterTable
{
    private static readonly FrozenDictionary<string, Builtin> Table = BuiltinTable.Of(
        [.. TextFilters.All, .. EscapeFilters.All, .. NumberFilters.All, .. SequenceFilters.All, .. SelectionFilters.All, .. OrderFilters.All, .. ValueFilters.All]);

    public static bool Contains(string name) => Table.ContainsKey(name);

    /// <exception cref="TemplateFault">There is none of this name.</exception>
    public static Builtin Find(string name) => Table.TryGetValue(name, out var filter) ? filter : throw new TemplateFault($"no filter named '{name}'");
}
