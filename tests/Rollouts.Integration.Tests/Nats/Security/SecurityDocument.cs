using System.Text.RegularExpressions;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The configuration files that the documentation tells people to use, read from its page, so that the page cannot rot.</summary>
internal static partial class SecurityDocument
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Fixtures.Root, "rollout-actors", "docs", "security.md"));
    private static readonly string[] Roles = ["DRIVER", "ACTOR", "NODE", "VIEWER", "OPERATOR"];

    /// <summary>The users of jobs math and chat, a role each, in one account.</summary>
    public static NatsServerConfiguration OneAccount(string streams)
    {
        var users = Block("nats-server.conf: a user a role");
        var chat = string.Concat(UserLine().Matches(users).Select(line => ForChat(line.Value)));
        var text = users.Replace("include \"math.conf\"", "include \"math.conf\"\ninclude \"chat.conf\"").Replace("  users: [\n", $"  users: [\n{chat}");
        var permissions = Block("math.conf: what each role of job math may do");
        return new()
        {
            Text = Passwords(["MATH", "CHAT"]) + InFolder(text, streams),
            Includes = new Dictionary<string, string> { ["math.conf"] = permissions, ["chat.conf"] = ForChat(permissions) },
        };
    }

    /// <summary>An account for each of the jobs math and chat.</summary>
    public static NatsServerConfiguration TwoAccounts(string streams) => new()
    {
        Text = $"ADMIN_PASSWORD: {Password("admin")}\nMATH_PASSWORD: {Password("math")}\nCHAT_PASSWORD: {Password("chat")}\n{InFolder(Block("nats-server.conf: an account a job"), streams)}",
    };

    /// <summary>The lines that add certificates on both sides.</summary>
    public static string Tls(string certificate, string key, string authority) =>
        Block("nats-server.conf: certificates on both sides").Replace("server.pem", certificate).Replace("server-key.pem", key).Replace("clients-ca.pem", authority);

    /// <summary>A user's password: only in the server's file and in the user's own.</summary>
    public static string Password(string user) => $"secret-of-{user}";

    private static string Block(string title)
    {
        var start = Page.IndexOf($"```\n# {title}\n", StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, $"security.md has no block that begins with '# {title}'");
        return Page[(start + 4)..(Page.IndexOf("```", start + 4, StringComparison.Ordinal))];
    }

    private static string InFolder(string text, string streams) => text.Replace("/var/lib/nats", streams);

    private static string ForChat(string text) => text.Replace("math", "chat").Replace("MATH", "CHAT");

    private static string Passwords(string[] jobs) =>
        string.Concat(jobs.SelectMany(job => Roles.Select(role => $"{job}_{role}_PASSWORD: \"{Password($"{job}_{role}".ToLowerInvariant())}\"\n")));

    [GeneratedRegex(@"^ +\{ user: math_.*\n", RegexOptions.Multiline)]
    private static partial Regex UserLine();
}
