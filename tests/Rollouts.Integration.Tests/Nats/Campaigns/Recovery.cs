using System.Diagnostics;
using System.Globalization;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// How soon a job is as fast as before after a fault has been healed: groups that its actors finish, counted in bins of a second. Before is the mean of the ten bins before the fault;
/// it is back after k seconds where the mean of the ten bins from the k-th on is at least 95% of that.
/// </summary>
internal sealed class Recovery
{
    private const int Window = 10;
    private const double Share = 0.95;

    /// <summary>By then it is to be back.</summary>
    private const int Patience = 10;

    private readonly double _before;
    private readonly double[] _after;

    private Recovery(double before, double[] after)
    {
        (_before, _after) = (before, after);
        SecondsBack = Enumerable.Range(0, Patience + 1).Cast<int?>().FirstOrDefault(k => Mean(k!.Value) >= Share * before);
    }

    /// <summary>Seconds that one measurement takes beside the fault itself.</summary>
    public static int Seconds => Window + Patience + Window;

    /// <summary>Whole seconds from the healing until it is as fast as before; null where that took longer than ten.</summary>
    public int? SecondsBack { get; }

    /// <summary>Measures, breaks, heals, and measures again.</summary>
    public static async Task<Recovery> MeasureAsync(Fleet fleet, Func<Task> fault)
    {
        var from = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(Window), TimeProvider.System);
        var before = Bins(fleet.Work, from, Window).Average();
        await fault();
        var healed = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(Patience + Window), TimeProvider.System);
        fleet.IsDone.ShouldBeFalse("the run has ended before its measurement: give it more groups");
        return new Recovery(before, Bins(fleet.Work, healed, Patience + Window));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{_before:F1} groups/s before, {(SecondsBack is { } k ? $"back after {k} s ({100 * Mean(k) / _before:F0}%)" : "NOT back after 10 s")}, {100 * Mean(Patience) / _before:F0}% from 10 to 20 s; each second after healing: {string.Join(' ', _after)}");

    private double Mean(int from) => _after.AsSpan(from, Window).ToArray().Average();

    private static double[] Bins(WorkLog work, long from, int seconds)
    {
        var bins = new double[seconds];
        foreach (var run in work.Runs)
            if (run.EndedAt is { } at && Stopwatch.GetElapsedTime(from, at).TotalSeconds is >= 0 and var second && second < seconds) bins[(int)second]++;
        return bins;
    }
}
