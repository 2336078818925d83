using System.Collections.Concurrent;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// A node's agent: it announces slots, starts an actor's process in one when a driver asks, watches it, and starts it again when it dies. It holds no work itself:
/// when the agent is killed its actors finish what they run and leave, and a new agent's start in the slot only after they have.
/// </summary>
public sealed class NodeAgent
{
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private readonly INatsConnection _connection;
    private readonly NodeLease _lease;
    private readonly DeathReporter _reporter;
    private readonly ConcurrentDictionary<int, ActorSlot> _slots = new();
    private readonly ConcurrentDictionary<(string Job, string Pool), Refusal> _refusals = new();
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _draining = new();
    private readonly string _incarnation = Guid.NewGuid().ToString("N");

    private NodeAgent(NodeOptions options, INatsConnection connection, TimeProvider time)
    {
        (_options, _connection, _time) = (options, connection, time);
        _lease = new NodeLease(new NatsJSContext(connection), Describe, time);
        _reporter = new DeathReporter(connection, time, _over.Token);
    }

    /// <summary>Serves until it is drained.</summary>
    /// <param name="drain">Starts no more; its actors finish what they run and leave.</param>
    /// <exception cref="IOException">The server is not to be had, or another agent has this name.</exception>
    public static async Task RunAsync(NodeOptions options, TimeProvider time, CancellationToken drain)
    {
        NameRules.Require(NameRules.FaultOfNode(options.Name));
        await using var connection = await NatsConnector.OpenAsync(options.Settings, $"rollouts node {options.Name}", NodeNames.Inbox, drain);
        await NatsConnector.RequireJetStreamAsync(connection, options.Settings, drain);
        await new NodeAgent(options, connection, time).RunAsync(drain);
    }

    private async Task RunAsync(CancellationToken drain)
    {
        using var ordered = drain.Register(Drain);
        await ServerFaults.ToldAsync(
            _connection, _options.Settings, () => Patiently.DoAsync(() => _lease.TakeAsync(drain), _options.Settings.ConnectDeadline, _time, drain), drain);
        _options.Log($"node {_options.Name}: {_options.Slots} slots at {_options.Settings}");
        Task[] loops =
        [
            _lease.RunAsync(_over.Token),
            ObeyAsync<StartActor>(NodeNames.Start(_options.Name), Start),
            ObeyAsync<Receipt>(NodeNames.Drain(_options.Name), _ => DrainOnOrder()),
        ];
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, _draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!_slots.IsEmpty) await Task.Delay(TimeSpan.FromMilliseconds(50), _time, CancellationToken.None);
        await _over.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var goodbye = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _lease.ReturnAsync(goodbye.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ObeyAsync<T>(string subject, Func<T, Receipt> obey)
        where T : class
    {
        await foreach (var message in Subscriptions.ReadAsync(_connection, subject, _over.Token))
        {
            if (Wire.Decode<T>(message.Data) is not { } order) continue;
            var receipt = obey(order);
            await _lease.RenewAsync(_over.Token);
            if (message.ReplyTo is not null) await Subscriptions.ReplyAsync(message, Wire.Encode(receipt), _over.Token);
        }
    }

    private Receipt Start(StartActor start)
    {
        if (NameRules.FaultOfJob(start.Job) is not null || !NameRules.IsName(start.Pool)) return new Receipt("no such job or pool name");
        if (_draining.IsCancellationRequested) return new Receipt($"node {_options.Name} is draining");
        if (_refusals.TryGetValue((start.Job, start.Pool), out var refusal)) return new Receipt(refusal.Reason);
        if (_options.Devices.FirstOrDefault(d => d.Split(':')[0] == start.Device) is not { } device) return new Receipt($"node {_options.Name} has no device {start.Device}");
        var number = Enumerable.Range(0, _options.Slots).Cast<int?>().FirstOrDefault(n => !_slots.ContainsKey(n!.Value));
        if (number is not { } free) return new Receipt($"node {_options.Name} has no free slot");
        var slot = new ActorSlot(_options, new SlotOrder(free, start.Job, start.Pool, $"{_options.Name}-{free}", device), _reporter, _time);
        _slots[free] = slot;
        _ = Task.Run(() => RunAsync(slot));
        return new Receipt();
    }

    private async Task RunAsync(ActorSlot slot)
    {
        try
        {
            _options.Log($"{slot.Order.Actor}: started for pool {slot.Order.Pool} of job {slot.Order.Job}");
            if (await slot.RunAsync() is not { } refusal) return;
            _refusals[(refusal.Job, refusal.Pool)] = refusal;
            _options.Log($"{slot.Order.Actor}: cannot serve: {refusal.Reason}");
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            _refusals[(slot.Order.Job, slot.Order.Pool)] = new Refusal(slot.Order.Job, slot.Order.Pool, $"the actor's process was not started: {e.Message}");
        }
        finally
        {
            _slots.TryRemove(slot.Order.Number, out _);
            await _lease.RenewAsync(_over.Token);
        }
    }

    private Receipt DrainOnOrder()
    {
        Drain();
        return new Receipt();
    }

    private void Drain()
    {
        _draining.Cancel();
        foreach (var slot in _slots.Values) slot.Drain();
    }

    private NodeRecord Describe() => new()
    {
        Name = _options.Name,
        Incarnation = _incarnation,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        Slots = _options.Slots,
        Devices = _options.Devices,
        Draining = _draining.IsCancellationRequested,
        Actors = [.. _slots.Values.Select(s => s.Record)],
        Refusals = [.. _refusals.Values],
    };
}
