using System.Collections.Frozen;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>Builtins by name.</summary>
internal static class BuiltinTable
{
    public static FrozenDictionary<string, Builtin> Of(IEnumerable<Builtin> builtins) => builtins.ToFrozenDictionary(b => b.Name, StringComparer.Ordinal);
}
