namespace Rollouts.Actors.Nats;

/// <summary>An actor as somebody sees it who only looks.</summary>
/// <param name="Job">Its job.</param>
/// <param name="Record">What it says.</param>
/// <param name="Silent">How long it has said nothing.</param>
/// <param name="Lease">Its job's lease: after two thirds of it, it is suspect.</param>
public sealed record FleetActor(string Job, ActorRecord Record, TimeSpan Silent, TimeSpan Lease)
{
    /// <summary>serving, draining or suspect.</summary>
    public string State => Silent > Lease * 2 / 3 ? "suspect" : Record.State == ActorState.Draining ? "draining" : "serving";
}
