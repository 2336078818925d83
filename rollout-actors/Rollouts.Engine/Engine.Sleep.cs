namespace Rollouts.Engine;

/// <summary>Sleep: the device's memory goes back, and comes again.</summary>
public sealed partial class Engine
{
    /// <summary>Gives the memory of weights and KV back to the device. Sequences that run wait, and are computed again when the engine wakes.</summary>
    /// <exception cref="NotSupportedException">The engine runs on a processor.</exception>
    public Task SleepAsync(CancellationToken cancellationToken) => OrderAsync(() =>
    {
        if (_asleep) return Task.CompletedTask;
        CloseTickets();
        _scheduler.PreemptAll();
        return Tried(() =>
        {
            _runner.Sleep();
            _asleep = true;
        });
    }, cancellationToken);

    /// <summary>Takes the memory again, and goes on.</summary>
    public Task WakeAsync(CancellationToken cancellationToken) => OrderAsync(() =>
    {
        if (!_asleep) return Task.CompletedTask;
        _runner.Wake();
        _asleep = false;
        return Task.CompletedTask;
    }, cancellationToken);

    /// <summary>What an order may not do is told to whoever gave it; the loop goes on.</summary>
    private static Task Tried(Action action)
    {
        try
        {
            action();
            return Task.CompletedTask;
        }
        catch (NotSupportedException e)
        {
            return Task.FromException(e);
        }
    }
}
