using System.Diagnostics;
using System.Globalization;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>Why each group that was begun more than once was: whose kill it was, or nobody's.</summary>
internal sealed class KillReport
{
    private readonly IReadOnlyList<KillRecord> _kills;
    private readonly Dictionary<string, long> _deaths;
    private readonly List<double> _gaps = [];
    private readonly List<double> _calmGaps = [];

    /// <summary>Before an actor's death, the time in which a kill of server or driver is not over.</summary>
    private static readonly long Disturbed = 3 * Stopwatch.Frequency;

    /// <summary>From a group's delivery until its actor's line is read: a server killed in between had given the group away.</summary>
    private static readonly long Delivery = Stopwatch.Frequency / 10;

    public KillReport(WorkLog work, IReadOnlyList<KillRecord> kills)
    {
        _kills = kills;
        _deaths = kills.Where(k => k.Actor is not null).ToDictionary(k => k.Actor!, k => k.At);
        Held = work.Runs.Count(r => r.EndedAt is null && _deaths.ContainsKey(r.Life.Actor));
        foreach (var runs in work.Runs.GroupBy(r => r.Group).Select(g => g.OrderBy(r => r.BeganAt).ToArray()))
            for (var i = 1; i < runs.Length; i++) Blame(runs[i - 1], runs[i]);
        Groups = work.Runs.Select(r => r.Group).Distinct().Count();
        _gaps.Sort();
        _calmGaps.Sort();
    }

    /// <summary>Distinct groups that were begun.</summary>
    public int Groups { get; }

    /// <summary>Groups that killed actors held.</summary>
    public int Held { get; }

    /// <summary>Groups begun again because the actor that held them was killed.</summary>
    public int AfterActors { get; private set; }

    /// <summary>Groups begun again because their actor was declared dead while it lived.</summary>
    public int AfterFences { get; private set; }

    /// <summary>Groups begun again while they ran, after a server's kill.</summary>
    public int AfterServers { get; private set; }

    /// <summary>Groups begun again for no other reason than a driver's kill, or for none.</summary>
    public List<string> Unexcused { get; } = [];

    /// <summary>From an actor's death to its groups begun elsewhere, seconds: the median.</summary>
    public double MedianGap => At(_gaps, 0.5);

    /// <inheritdoc/>
    public override string ToString()
    {
        var by = string.Join(", ", _kills.GroupBy(k => k.Victim).OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{_kills.Count} kills ({by}) over {Groups} groups; begun again: {AfterActors} of the {Held} that killed actors held, {AfterServers} after server kills ({100.0 * AfterServers / Math.Max(1, Groups):F2}%), {AfterFences} of actors declared dead, {Unexcused.Count} otherwise; from an actor's death to its work elsewhere: median {MedianGap:F2} s, p90 {At(_gaps, 0.9):F2} s ({_gaps.Count} groups), where neither driver nor server was killed between: {At(_calmGaps, 0.5):F2} s, {At(_calmGaps, 0.9):F2} s ({_calmGaps.Count})");
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? 0 : sorted[(int)(sorted.Count * share)];

    private void Blame(GroupRun before, GroupRun again)
    {
        var died = _deaths.TryGetValue(before.Life.Actor, out var at) && at <= again.BeganAt;
        if (before.EndedAt is null && died)
        {
            AfterActors++;
            var gap = Stopwatch.GetElapsedTime(at, again.BeganAt).TotalSeconds;
            _gaps.Add(gap);
            if (!_kills.Any(k => k.Victim != Victim.Actor && k.At >= at - Disturbed && k.At <= again.BeganAt)) _calmGaps.Add(gap);
        }
        else if (before.Life.WasFenced)
        {
            AfterFences++;
        }
        else if (!(before.EndedAt < again.BeganAt) && _kills.Any(k => k.Victim == Victim.Server && k.At >= before.BeganAt - Delivery && k.At <= again.BeganAt))
        {
            AfterServers++;
        }
        else
        {
            Unexcused.Add(Describe(before, again));
        }
    }

    private string Describe(GroupRun before, GroupRun again)
    {
        var near = _kills.Where(k => Seconds(before.BeganAt, k.At) > -3 && k.At <= again.BeganAt).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Victim} {k.Actor} at {Seconds(before.BeganAt, k.At):F2}"));
        var ended = before.EndedAt is { } end ? string.Create(CultureInfo.InvariantCulture, $"ended at {Seconds(before.BeganAt, end):F2}") : "not ended";
        var said = string.Join(" / ", before.Life.Messages.Concat(again.Life.Messages));
        return string.Create(CultureInfo.InvariantCulture, $"{before.Group} by {before.Life.Actor} {ended}, again by {again.Life.Actor} at {Seconds(before.BeganAt, again.BeganAt):F2}; kills: {string.Join(", ", near)}; said: {said}");
    }

    private static double Seconds(long from, long to) => (to - from) / (double)Stopwatch.Frequency;
}
