using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Finds out what a NATS server is good for: whether it answers and how fast, what its account may use, whether it does what a job asks of it, and what this user may do.
/// What a server can do is tried, by a scratch job that is made and removed again; a real job's streams are never touched.
/// </summary>
/// <param name="settings">The server, and who asks.</param>
/// <param name="job">The job whose subjects this user is to have; null where it is only the server that is asked about.</param>
/// <param name="time">The clock.</param>
public sealed class ServerDoctor(NatsSettings settings, string? job, TimeProvider time)
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string Inbox => job is null ? NodeNames.Inbox : new JobNames(job).Inbox;

    /// <summary>Looks at one topic after the other. It ends early where nothing more can be said.</summary>
    public async IAsyncEnumerable<Finding> ExamineAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        if (job is not null && NameRules.FaultOfJob(job) is { } fault)
        {
            yield return Finding.Fault(Topics.Permissions, fault);
            yield break;
        }

        var blind = false;
        foreach (var look in Looks())
        {
            foreach (var finding in await LookAsync(look, stopping))
            {
                blind |= finding is { Kind: FindingKind.Fault, What: Topics.Server or Topics.JetStream };
                yield return finding;
            }

            if (blind) yield break;
        }
    }

    private IEnumerable<Look> Looks()
    {
        yield return new Look(Topics.Server, new GreetingLook(settings).LookAsync);
        yield return new Look(Topics.JetStream, new AccountLook(settings).LookAsync);
        yield return new Look(Topics.Trial, new TrialLook(settings, time).LookAsync);
        if (job is not null) yield return new Look(Topics.Permissions, new PermissionLook(new JobNames(job)).LookAsync);
    }

    /// <summary>Each look has a connection of its own: what a user is refused in one is not held against the next.</summary>
    private async Task<IReadOnlyList<Finding>> LookAsync(Look look, CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(Patience);
        try
        {
            await using var connection = await NatsConnector.OpenAsync(settings with { ConnectDeadline = ConnectPatience }, "rollouts doctor", Inbox, stopping);
            return await look.Run(connection, deadline.Token);
        }
        catch (NatsConnectException e)
        {
            return [Finding.Fault(look.Topic, e.Problem == NatsConnectProblem.Unauthorized ? $"{e.Message}; correct that, or the server's list of users" : e.Message)];
        }
        catch (Exception e) when (e is IOException || Patiently.IsOfServer(e, stopping))
        {
            return [Finding.Fault(look.Topic, $"{settings}: {(deadline.IsCancellationRequested ? $"no end within {Patience.TotalSeconds:F0} s; the server is overloaded, or its disk is" : e.Message)}")];
        }
    }

    private sealed record Look(string Topic, Func<NatsConnection, CancellationToken, Task<IReadOnlyList<Finding>>> Run);
}

/// <summary>First words of the lines.</summary>
internal static class Topics
{
    public const string Server = "server";
    public const string RoundTrip = "round trip";
    public const string Login = "login";
    public const string Encryption = "TLS";
    public const string Payload = "payload";
    public const string JetStream = "JetStream";
    public const string Trial = "trial";
    public const string Newer = "newer";
    public const string Permissions = "may";
}
