namespace Rollouts.Actors.Nats;

/// <summary>Who drives a job: the value of the lease <c>driver</c>.</summary>
/// <param name="RunId">The run: while its driver renews the lease, the run has not ended.</param>
/// <param name="Host">Its machine.</param>
/// <param name="ProcessId">Its process there.</param>
/// <param name="Incarnation">Its life.</param>
public sealed record DriverRecord(string RunId, string Host, int ProcessId, string Incarnation)
{
    /// <inheritdoc/>
    public override string ToString() => $"process {ProcessId} on {Host}";
}
