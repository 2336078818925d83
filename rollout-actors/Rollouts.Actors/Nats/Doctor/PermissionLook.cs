using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>
/// What this user may do in a job, role by role. A server says nothing of permissions until one is missing, so each subject but those that delete is used once, in a way that changes nothing: no message
/// carries a request that can be read, and none can be stored, for each asks to be stored in a stream of another name.
/// </summary>
internal sealed class PermissionLook(JobNames names)
{
    private const int NumNamed = 3;

    public async Task<IReadOnlyList<Finding>> LookAsync(NatsConnection connection, CancellationToken stopping)
    {
        var roles = RoleSubjects.Of(names);
        var probe = new PermissionProbe(connection);
        var publish = await probe.RefusedAsync(roles.SelectMany(r => r.Publish).Where(s => !Destroys(s)), stopping);
        var subscribe = await probe.NotHeardAsync(roles.SelectMany(r => r.Subscribe), stopping);
        var missing = roles.ToDictionary(r => r.Role, r => Missing(r, publish, subscribe));
        var some = missing.Values.Any(m => m.Length == 0);
        return [.. missing.Select(role => Judge(role.Key, role.Value, some))];
    }

    /// <summary>What removes something of a job is never tried on one that may be running, whatever the message says.</summary>
    private static bool Destroys(string subject) => subject.Contains(".DELETE.", StringComparison.Ordinal);

    private static string[] Missing(RoleSubjects role, HashSet<string> publish, HashSet<string> subscribe) =>
        [.. role.Publish.Where(publish.Contains).Select(s => $"publish to {s}"), .. role.Subscribe.Where(subscribe.Contains).Select(s => $"subscribe to {s}")];

    /// <summary>A user who is one of the roles need not be another.</summary>
    private Finding Judge(string role, string[] missing, bool some)
    {
        if (missing.Length == 0) return Finding.Sound(Topics.Permissions, $"be the {role} of job {names.Job}: no subject that it needs is refused");
        var text = $"not be the {role} of job {names.Job}: this user may not {string.Join(", nor ", missing.Take(NumNamed))}{(missing.Length > NumNamed ? $", nor use {missing.Length - NumNamed} subjects more" : "")}";
        return some ? Finding.Remark(Topics.Permissions, text) : Finding.Fault(Topics.Permissions, $"{text}; give it the permissions of its role (rollout-actors/docs/security.md)");
    }
}
