using System.Text.Json;
using System.Text.Json.Serialization;
using Rollouts.Data;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>Counts what goes to the sink and writes metrics.jsonl: one line a batch, and one every ten seconds.</summary>
internal sealed class RunMetrics : IPipelineObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Lock _lock = new();
    private readonly OutputSession _session;
    private readonly IRolloutTransport _transport;
    private readonly long _total;
    private readonly long _decidedBefore;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly RewardTotals _totals = new();
    private readonly TokenTotals _tokens = new();
    private RewardTotals _sinceTick = new();

    public RunMetrics(OutputSession session, IRolloutTransport transport, long totalRollouts, TimeProvider time)
    {
        (_session, _transport, _total, _time) = (session, transport, totalRollouts, time);
        _startedAt = time.GetTimestamp();
        _decidedBefore = session.Ledger.Now.Decided;
    }

    public void OnBatch(GroupBatch batch)
    {
        var totals = new RewardTotals();
        foreach (var group in batch.Groups) totals.Add(group);
        lock (_lock)
        {
            _totals.Add(totals);
            _sinceTick.Add(totals);
            if (batch.Index is { } index) Append("batch", index, totals);
        }
    }

    public RunProgress Snapshot()
    {
        var loads = _transport.Loads;
        var elapsed = _time.GetElapsedTime(_startedAt);
        var accounting = _session.Ledger.Now;
        lock (_lock)
        {
            // Remote actors tell of themselves now and then; what has arrived is known.
            var tokens = Math.Max(_tokens.Take(loads), _totals.Tokens);
            var done = _totals.Rollouts;
            var left = _total - _decidedBefore - done;
            TimeSpan? eta = done > 0 && left > 0 ? elapsed * ((double)left / done) : null;
            return new RunProgress(
                accounting, _total, elapsed, tokens, tokens / Math.Max(1e-3, elapsed.TotalSeconds),
                loads.Sum(l => l.Load.Running), loads.Sum(l => l.Load.Waiting), loads.Select(l => l.Load.KvUse).DefaultIfEmpty().Max(), _totals.RewardMean, eta);
        }
    }

    /// <summary>Writes a line every ten seconds until it is disposed.</summary>
    public IAsyncDisposable Start() => new Ticker(this);

    // Metrics are for looking at: they are not synced, and a line that cannot be written never ends a run.
    private void Append(string kind, long? batch, RewardTotals totals)
    {
        var now = Snapshot();
        var line = JsonSerializer.Serialize(
            new
            {
                Kind = kind, Batch = batch, At = _time.GetUtcNow(), totals.RewardMean, totals.ZeroVarianceShare, totals.CompletionLengthMean, totals.CompletionLengthMax,
                totals.TruncatedShare, totals.StalenessMean, totals.StalenessMax, now.TokensPerSecond, now.Running, now.Waiting, now.KvUse, totals.Drops, now.Accounting,
            },
            Json);
        try
        {
            File.AppendAllText(_session.Folder.Metrics, line + "\n");
        }
        catch (IOException)
        {
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            Append("interval", null, _sinceTick);
            _sinceTick = new RewardTotals();
        }
    }

    private sealed class Ticker : IAsyncDisposable
    {
        private readonly ITimer _timer;

        public Ticker(RunMetrics metrics) => _timer = metrics._time.CreateTimer(_ => metrics.Tick(), null, Interval, Interval);

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
