using System.Diagnostics;

namespace Rollouts.Recipes;

/// <summary>Times two things in turn, so that a neighbour who slows one slows the other too: what counts is their ratio.</summary>
internal static class Alternating
{
    private const int WarmUp = 5;

    /// <summary>Milliseconds of each, medians.</summary>
    /// <param name="beforeFirst">Done before each of the first, and not timed.</param>
    /// <param name="beforeSecond">Done before each of the second.</param>
    public static (double First, double Second) Measure(int times, Action first, Action second, Action? beforeFirst = null, Action? beforeSecond = null)
    {
        var (firstMs, secondMs) = (new double[times], new double[times]);
        for (var i = -WarmUp; i < times; i++)
        {
            beforeFirst?.Invoke();
            var a = Time(first);
            beforeSecond?.Invoke();
            var b = Time(second);
            if (i >= 0) (firstMs[i], secondMs[i]) = (a, b);
        }

        return (Median(firstMs), Median(secondMs));
    }

    public static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
