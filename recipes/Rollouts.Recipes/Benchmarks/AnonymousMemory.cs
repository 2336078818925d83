using System.Globalization;

namespace Rollouts.Recipes;

/// <summary>Watches how much anonymous memory this process has: RssAnon of /proc/self/status, every few milliseconds.</summary>
internal sealed class AnonymousMemory : IDisposable
{
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stopping = new();

    public AnonymousMemory()
    {
        Peak = Now();
        _thread = new Thread(Watch) { IsBackground = true, Name = "memory watch" };
        _thread.Start();
    }

    /// <summary>The most since it was made, in bytes.</summary>
    public long Peak { get; private set; }

    /// <summary>What there is now, in bytes.</summary>
    public static long Now()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _stopping.Set();
        _thread.Join();
        _stopping.Dispose();
    }

    private void Watch()
    {
        while (!_stopping.Wait(10)) Peak = Math.Max(Peak, Now());
    }
}
