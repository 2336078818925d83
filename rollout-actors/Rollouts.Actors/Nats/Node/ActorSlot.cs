namespace Rollouts.Actors.Nats;

/// <summary>
/// One slot at work: its actor's process is started, watched, and started again after a death, until it ends by itself with all given away, or with a fault that another
/// try does not mend.
/// </summary>
internal sealed class ActorSlot(NodeOptions options, SlotOrder order, DeathReporter reporter, TimeProvider time)
{
    /// <summary>The exit code of a process whose recipe, model or arguments are at fault.</summary>
    private const int BadRecipe = 2;

    private const int KilledFromOutside = 128 + 9;
    private const int TerminatedFromOutside = 128 + 15;

    private readonly BackOff _backOff = new(time);
    private readonly CancellationTokenSource _draining = new();
    private volatile ActorProcess? _process;
    private int _restarts;
    private string? _lastFault;
    private bool _waiting;

    /// <summary>What it is for.</summary>
    public SlotOrder Order { get; } = order;

    /// <summary>What it does.</summary>
    public SlotRecord Record => new(Order.Job, Order.Pool, Order.Actor, State, _restarts, _lastFault);

    private SlotState State => _draining.IsCancellationRequested ? SlotState.Draining
        : _waiting ? SlotState.BackingOff
        : _process?.Incarnation is null ? SlotState.Starting
        : SlotState.Running;

    /// <summary>Finishes what runs, and starts no more.</summary>
    public void Drain()
    {
        _draining.Cancel();
        _process?.Drain();
    }

    /// <summary>Runs until the slot is free again.</summary>
    /// <returns>Why the node cannot serve this pool; null where it can.</returns>
    public async Task<Refusal?> RunAsync()
    {
        while (!_draining.IsCancellationRequested)
        {
            _backOff.Started();
            var (code, lines) = await RunOnceAsync();
            if (code == 0) return null;
            if (code == BadRecipe) return new Refusal(Order.Job, Order.Pool, lines);
            if (_draining.IsCancellationRequested) return null;
            _restarts++;
            _waiting = true;
            var wait = _backOff.Next();
            options.Log($"{Order.Actor}: {_lastFault}; started again in {wait.TotalSeconds:F1} s");
            await Task.Delay(wait, time, _draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _waiting = false;
        }

        return null;
    }

    private async Task<(int Code, string Lines)> RunOnceAsync()
    {
        using var process = ActorProcess.Start(options.Command(Order));
        _process = process;
        if (_draining.IsCancellationRequested) process.Drain();
        // Only the end of the process frees what it holds, so nothing else ends this wait.
        var code = await process.WaitAsync(CancellationToken.None);
        _process = null;
        if (code == 0) return (code, "");
        _lastFault = $"{HowItEnded(code)}{(process.LastLines is { Length: > 0 } lines ? $"; its last lines:\n{lines}" : "")}";
        if (process.Incarnation is { } incarnation)
        {
            var fault = code is not KilledFromOutside and not TerminatedFromOutside && !_draining.IsCancellationRequested;
            reporter.Report(Order.Job, new DeathReport(options.Name, Order.Actor, incarnation, process.Groups, fault, _lastFault));
        }

        return (code, process.LastLines);
    }

    private static string HowItEnded(int code) => code > 128 ? $"ended by signal {code - 128}" : $"ended with exit code {code}";
}
