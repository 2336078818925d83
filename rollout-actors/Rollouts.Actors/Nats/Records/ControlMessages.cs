namespace Rollouts.Actors.Nats;

/// <summary>An actor asks before it runs a group that somebody may have run already.</summary>
/// <param name="Group">The group's key.</param>
/// <param name="Actor">Who asks.</param>
/// <param name="Incarnation">Its life.</param>
public sealed record GroupQuestion(string Group, string Actor, string Incarnation);

/// <summary>The driver's answer.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="Deaths">Actor processes that died while they ran the group.</param>
public sealed record GroupVerdict(Verdict Verdict, int Deaths = 0);

/// <summary>What to do with a group that was delivered again.</summary>
public enum Verdict
{
    /// <summary>Run it.</summary>
    Run,

    /// <summary>It is decided or its result is stored: acknowledge it.</summary>
    Done,

    /// <summary>A live actor runs it: leave it, and come back later.</summary>
    Elsewhere,

    /// <summary>The asking life was declared dead: drop everything and join anew.</summary>
    Fenced,
}

/// <summary>An order to actors.</summary>
/// <param name="Order">What to do.</param>
/// <param name="Incarnation">Of the life that is meant; null for any.</param>
/// <param name="Groups">The groups that are meant: their keys.</param>
public sealed record ActorOrder(ActorOrderKind Order, string? Incarnation = null, IReadOnlyList<string>? Groups = null);

/// <summary>What actors can be told.</summary>
public enum ActorOrderKind
{
    /// <summary>Give these groups up: they are decided, or tried anew.</summary>
    Abort,

    /// <summary>Take no more, finish what runs, then leave.</summary>
    Drain,

    /// <summary>Take no more, hand back what runs as far as it is, then leave.</summary>
    HandBack,

    /// <summary>This life was declared dead.</summary>
    Fenced,

    /// <summary>The job has ended.</summary>
    End,
}

/// <summary>A node agent reports that an actor's process has died by itself.</summary>
/// <param name="Node">The node.</param>
/// <param name="Actor">The actor.</param>
/// <param name="Incarnation">Its life.</param>
/// <param name="Groups">What it ran: group keys.</param>
/// <param name="Fault">Whether the process died of its own fault: not by signal 9 or 15 from outside, nor at a drain.</param>
/// <param name="Cause">How it ended, with the last lines that it printed.</param>
public sealed record DeathReport(string Node, string Actor, string Incarnation, IReadOnlyList<string> Groups, bool Fault, string Cause);

/// <summary>A plain answer to an order or a report.</summary>
/// <param name="Error">Null where it was taken.</param>
public sealed record Receipt(string? Error = null);
