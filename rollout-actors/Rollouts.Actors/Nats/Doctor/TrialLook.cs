using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Makes a scratch job at the server, as a driver would, and lives through the life of a group in it; then asks for settings that came later. All of it is removed again.</summary>
internal sealed class TrialLook(NatsSettings settings, TimeProvider time)
{
    public async Task<IReadOnlyList<Finding>> LookAsync(NatsConnection connection, CancellationToken stopping)
    {
        var jetStream = new NatsJSContext(connection);
        await using var job = new ScratchJob(jetStream, time);
        try
        {
            await ServerFaults.ToldAsync(connection, settings, () => BeginAsync(job, stopping), stopping);
            var rehearsal = new Rehearsal(jetStream, job, time);
            var findings = await ServerFaults.ToldAsync(connection, settings, () => rehearsal.RunAsync(stopping), stopping);
            return [.. findings, await ServerFaults.ToldAsync(connection, settings, () => NewerSettings.TryAsync(jetStream, job, stopping), stopping)];
        }
        catch (NatsConnectException e) when (e.Problem == NatsConnectProblem.Forbidden)
        {
            return [Finding.Remark(Topics.Trial, $"this user may not make a scratch job, so that what the server does with one was not tried: {e.Message}; or run doctor as a user of the whole account")];
        }
    }

    private static async Task BeginAsync(ScratchJob job, CancellationToken stopping)
    {
        await job.SweepAsync(stopping);
        await job.MakeAsync(stopping);
    }
}
