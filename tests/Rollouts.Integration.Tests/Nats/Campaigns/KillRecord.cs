namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>What can be killed.</summary>
internal enum Victim
{
    Actor,
    Server,
    Driver,
    Agent,
}

/// <summary>A kill.</summary>
/// <param name="Victim">What.</param>
/// <param name="At">When: a timestamp.</param>
/// <param name="Actor">Which actor; null for the others.</param>
internal sealed record KillRecord(Victim Victim, long At, string? Actor = null);
