using System.Diagnostics;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// What the transport is measured against: JetStream with the same client and nothing over it. Streams, consumers, subjects, headers and bodies are those
/// of a job; a driver stores work, a worker pulls it, stores a result and acknowledges, the driver pulls the result and acknowledges.
/// </summary>
public sealed class RawJetStream : IAsyncDisposable
{
    private const string Pool = "raw";
    private static readonly NatsJSPubOpts Once = new() { RetryAttempts = 1 };

    private readonly JobNames _names;
    private readonly NatsConnection _driver;
    private readonly NatsConnection _worker;
    private readonly ReadOnlyMemory<byte> _work;
    private readonly ReadOnlyMemory<byte> _result;
    private readonly SemaphoreSlim _room;
    private readonly int _inFlight;
    private readonly CancellationTokenSource _closing = new();
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private Task _loops = Task.CompletedTask;
    private TaskCompletionSource _done = new();
    private int _left;
    private int _groups;

    private RawJetStream(JobNames names, NatsConnection driver, NatsConnection worker, ReadOnlyMemory<byte> work, ReadOnlyMemory<byte> result, int inFlight)
    {
        (_names, _driver, _worker, _work, _result, _inFlight) = (names, driver, worker, work, result, inFlight);
        _room = new SemaphoreSlim(inFlight);
    }

    /// <summary>Connects twice, as a driver and its actor do, and begins to pull.</summary>
    /// <param name="work">The work's body.</param>
    /// <param name="result">The result's body; both are below the server's max_payload.</param>
    /// <param name="inFlight">Groups at once.</param>
    public static async Task<RawJetStream> OpenAsync(NatsSettings settings, ReadOnlyMemory<byte> work, ReadOnlyMemory<byte> result, int inFlight, CancellationToken stopping)
    {
        var names = new JobNames("raw");
        var driver = await NatsConnector.OpenAsync(settings, "raw driver", names.Inbox, stopping);
        var worker = await NatsConnector.OpenAsync(settings, "raw worker", names.Inbox, stopping);
        var raw = new RawJetStream(names, driver, worker, work, result, inFlight);
        var streams = new JobStreams(new NatsJSContext(driver), names, settings.Lease);
        await streams.EnsureAsync(stopping);
        await streams.EnsurePoolAsync(Pool, PoolRecord.Consumer(Pool, 1), stopping);
        await streams.ReplaceResultConsumerAsync(stopping);
        raw._loops = Task.WhenAll(Task.Run(raw.WorkAsync, stopping), Task.Run(raw.ReadAsync, stopping));
        return raw;
    }

    /// <summary>Moves so many groups there and back.</summary>
    /// <returns>Seconds.</returns>
    public async Task<double> MeasureAsync(int groups, CancellationToken stopping)
    {
        var since = Stopwatch.GetTimestamp();
        _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _left, groups);
        var jetStream = new NatsJSContext(_driver);
        for (var i = 0; i < groups; i++)
        {
            await _room.WaitAsync(stopping);
            _ = StoreAsync(jetStream, _names.Prompt(Pool, new GroupKey((UInt128)_groups)), _work, new NatsHeaders { ["Nats-Msg-Id"] = $"{new GroupKey((UInt128)_groups++)}/0/1" });
        }

        await _done.Task.WaitAsync(stopping);
        return Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await new JobStreams(new NatsJSContext(_driver), _names, TimeSpan.FromSeconds(1)).DeleteAsync(CancellationToken.None);
        await _worker.DisposeAsync();
        await _driver.DisposeAsync();
        _room.Dispose();
        _closing.Dispose();
    }

    private async Task WorkAsync()
    {
        var jetStream = new NatsJSContext(_worker);
        await foreach (var message in PullAsync(jetStream, _names.PromptStream, PoolRecord.Consumer(Pool, 1))) _ = AnswerAsync(jetStream, message);
    }

    private async Task AnswerAsync(NatsJSContext jetStream, INatsJSMsg<byte[]> message)
    {
        var key = GroupKey.Parse(message.Subject)!.Value;
        var headers = new NatsHeaders { ["Nats-Msg-Id"] = $"{key}/{message.Metadata?.Sequence.Stream}/{_incarnation}/0", [ResultReader.IncarnationHeader] = _incarnation };
        await StoreAsync(jetStream, _names.Result(Pool, key), _result, headers);
        await message.AckAsync();
    }

    private async Task ReadAsync()
    {
        await foreach (var message in PullAsync(new NatsJSContext(_driver), _names.ResultStream, _names.ResultConsumer))
        {
            await message.AckAsync();
            _room.Release();
            if (Interlocked.Decrement(ref _left) == 0) _done.TrySetResult();
        }
    }

    private async IAsyncEnumerable<INatsJSMsg<byte[]>> PullAsync(NatsJSContext jetStream, string stream, string name)
    {
        var consumer = await jetStream.GetConsumerAsync(stream, name, _closing.Token);
        await foreach (var message in consumer.ConsumeAsync<byte[]>(opts: new NatsJSConsumeOpts { MaxMsgs = 2 * _inFlight }, cancellationToken: _closing.Token)) yield return message;
    }

    private async Task StoreAsync(NatsJSContext jetStream, string subject, ReadOnlyMemory<byte> body, NatsHeaders headers)
    {
        try
        {
            (await jetStream.PublishAsync(subject, body, opts: Once, headers: headers, cancellationToken: _closing.Token)).EnsureSuccess();
        }
        catch (Exception e)
        {
            _done.TrySetException(e);
            throw;
        }
    }
}
