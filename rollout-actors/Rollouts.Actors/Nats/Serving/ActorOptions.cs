namespace Rollouts.Actors.Nats;

/// <summary>What an actor process is told.</summary>
public sealed record ActorOptions
{
    /// <summary>The server.</summary>
    public required NatsSettings Settings { get; init; }

    /// <summary>The job that it joins.</summary>
    public required string Job { get; init; }

    /// <summary>The pool that it serves: an entry of the recipe's actors.</summary>
    public required string Pool { get; init; }

    /// <summary>Its name, unique in the job.</summary>
    public required string Name { get; init; }

    /// <summary>Actors in this process; more than one are called NAME-0, NAME-1, ….</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The node whose agent started it.</summary>
    public string? Node { get; init; }

    /// <summary>Where it computes, for whoever looks.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Groups to bytes.</summary>
    public required IRolloutCodec Codec { get; init; }

    /// <summary>How long it waits for its job to be there.</summary>
    public TimeSpan JobPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long it waits for a driver that is gone.</summary>
    public TimeSpan DriverPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a drain lets groups finish before they are handed back as far as they are.</summary>
    public TimeSpan DrainPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Options of each replica.</summary>
    internal IEnumerable<ActorOptions> Each() => Replicas == 1 ? [this] : Enumerable.Range(0, Replicas).Select(i => this with { Name = $"{Name}-{i}", Replicas = 1 });
}

/// <summary>What an actor's process tells whoever started it. Called from any thread; must not throw.</summary>
public interface IActorObserver
{
    /// <summary>A life has begun: the actor serves.</summary>
    void OnJoined(string incarnation);

    /// <summary>A group is taken.</summary>
    void OnBegan(GroupKey group);

    /// <summary>A group is given away: answered, handed back or given up.</summary>
    void OnEnded(GroupKey group);

    /// <summary>A line for a person.</summary>
    void OnMessage(string message);
}

/// <summary>Why an actor ended.</summary>
public enum ActorEnd
{
    /// <summary>The job is done.</summary>
    JobEnded,

    /// <summary>It was asked to leave, and has given away all that it had.</summary>
    Drained,

    /// <summary>Its driver has not come back.</summary>
    DriverGone,
}
