using System.Text.RegularExpressions;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport;

namespace Rollouts.Actors.Tests.Nats.Doctor;

/// <summary>What doctor tries is what the documentation gives each role: nothing more, nothing left out.</summary>
public partial class RoleSubjectsTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Fixtures.Root, "rollout-actors", "docs", "security.md"));

    [Theory]
    [InlineData("driver")]
    [InlineData("actor")]
    [InlineData("node")]
    public void Of_Job_AreThoseOfTheDocumentedPermissions(string name)
    {
        var role = RoleSubjects.Of(new JobNames("math")).Single(r => r.Role == name);
        var block = Page[Page.IndexOf($"MATH_{name.ToUpperInvariant()}: {{", StringComparison.Ordinal)..];
        var publish = Patterns(block[block.IndexOf("publish:", StringComparison.Ordinal)..block.IndexOf("subscribe:", StringComparison.Ordinal)]);
        var subscribe = Patterns(block[block.IndexOf("subscribe:", StringComparison.Ordinal)..block.IndexOf("allow_responses", StringComparison.Ordinal)]);

        role.Publish.Where(s => !publish.Any(p => Covers(p, s))).ShouldBeEmpty("tried, and not documented");
        role.Subscribe.Where(s => !subscribe.Any(p => Covers(p, s))).ShouldBeEmpty("tried, and not documented");
        publish.Where(p => !role.Publish.Any(s => Covers(p, s))).ShouldBeEmpty("documented, and not tried");
        subscribe.Where(p => !role.Subscribe.Any(s => Covers(p, s))).ShouldBeEmpty("documented, and not tried");
    }

    private static string[] Patterns(string list) => [.. Quoted().Matches(list).Select(m => m.Groups[1].Value)];

    /// <summary>Whether a pattern of permissions allows a subject, or a subscription with a wildcard of its own.</summary>
    private static bool Covers(string pattern, string subject)
    {
        var (wanted, there) = (pattern.Split('.'), subject.Split('.'));
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == ">") return there.Length > i;
            if (i >= there.Length || (wanted[i] != "*" && wanted[i] != there[i])) return false;
        }

        return wanted.Length == there.Length;
    }

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();
}
