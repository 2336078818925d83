using System.Diagnostics;
using System.Text.Json;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>Who began which group when, by the actors' own lines. Safe to use from any thread.</summary>
internal sealed class WorkLog
{
    private readonly Lock _lock = new();
    private readonly List<GroupRun> _runs = [];
    private readonly List<ActorLife> _lives = [];

    /// <summary>Every time that a group was begun.</summary>
    public IReadOnlyList<GroupRun> Runs
    {
        get { lock (_lock) return [.. _runs]; }
    }

    /// <summary>All lives of all actors.</summary>
    public IReadOnlyList<ActorLife> Lives
    {
        get { lock (_lock) return [.. _lives]; }
    }

    /// <summary>A reader of one process's lines.</summary>
    /// <param name="actor">The actor's name.</param>
    public Action<string> ReaderOf(string actor)
    {
        ActorLife? life = null;
        return line =>
        {
            lock (_lock) life = Take(line, actor, life);
        };
    }

    private ActorLife? Take(string line, string actor, ActorLife? life)
    {
        using var json = JsonDocument.Parse(line);
        var said = json.RootElement.EnumerateObject().First();
        var (text, now) = (said.Value.GetString()!, Stopwatch.GetTimestamp());
        switch (said.Name)
        {
            case "joined":
                // Another life of the same process: the one before was declared dead.
                if (life is not null) life.WasFenced = true;
                _lives.Add(life = new ActorLife(actor, text));
                break;
            case "began":
                _runs.Add(new GroupRun(text, life!, now));
                break;
            case "ended":
                _runs.FindLast(r => r.Group == text && r.Life == life && r.EndedAt is null)!.EndedAt = now;
                break;
            default:
                life?.Messages.Add(text);
                break;
        }

        return life;
    }
}

/// <summary>One life of an actor.</summary>
internal sealed class ActorLife(string actor, string incarnation)
{
    public string Actor { get; } = actor;

    public string Incarnation { get; } = incarnation;

    /// <summary>Whether the driver declared it dead and it lived to say so.</summary>
    public bool WasFenced { get; set; }

    public List<string> Messages { get; } = [];
}

/// <summary>One time that a group was begun. Moments are timestamps of the tests' own clock.</summary>
internal sealed class GroupRun(string group, ActorLife life, long beganAt)
{
    public string Group { get; } = group;

    public ActorLife Life { get; } = life;

    public long BeganAt { get; } = beganAt;

    /// <summary>When it was given away; null where its process died before, or it runs still.</summary>
    public long? EndedAt { get; set; }
}
