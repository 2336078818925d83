using System.Reflection;
using System.Text.Json;

namespace Rollouts.Recipes;

/// <summary>Names as recipes write them, and the nearest of several to a mistyped one.</summary>
internal static class Names
{
    public static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>The keys of a section, in the order of its record.</summary>
    public static IEnumerable<(string Key, PropertyInfo Property)> Keys(Type section) =>
        section.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(p => p.SetMethod is not null && p.Name != "EqualityContract").Select(p => (Key(p.Name), p));

    /// <summary>"; did you mean 'x'?" where one candidate is near, else the list.</summary>
    public static string Suggest(string wrong, IReadOnlyCollection<string> candidates)
    {
        var nearest = candidates.MinBy(c => Distance(wrong, c));
        return nearest is not null && Distance(wrong, nearest) <= Math.Max(2, wrong.Length / 3)
            ? $"; did you mean '{nearest}'?"
            : $"; known here: {string.Join(", ", candidates)}";
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one word to another.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
