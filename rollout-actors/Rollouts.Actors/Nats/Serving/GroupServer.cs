using System.Collections.Concurrent;
using System.Collections.Immutable;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Runs the groups that one life of an actor holds: from the message that brings one to the acknowledgement after its result is stored.</summary>
internal sealed class GroupServer(
    RolloutActor actor, IRolloutCodec codec, ConsumerBinding binding, DriverQuestions driver, ResultPublisher results, ActorLease lease, IActorObserver observer, TimeSpan leaseTime, int room) : IDisposable
{
    /// <summary>Deaths under a group from which on it is run alone.</summary>
    private const int SuspectedAfter = 2;

    private readonly ConcurrentDictionary<GroupKey, RunningGroup> _running = new();
    private readonly SemaphoreSlim _room = new(room);
    private readonly AloneGate _gate = new(room);

    /// <summary>Room for more, a count a group.</summary>
    public SemaphoreSlim Room => _room;

    /// <summary>What it holds.</summary>
    public ImmutableArray<RunningGroup> Running => [.. _running.Values];

    /// <summary>Takes a message and one place of the room.</summary>
    public void Take(INatsJSMsg<byte[]> message, CancellationToken stopping) => _ = ServeAsync(message, stopping);

    /// <summary>Done when nothing is held any more.</summary>
    public async Task EmptyAsync(TimeProvider time, CancellationToken stopping)
    {
        while (!_running.IsEmpty) await Task.Delay(TimeSpan.FromMilliseconds(20), time, stopping);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _room.Dispose();
        _gate.Dispose();
    }

    private async Task ServeAsync(INatsJSMsg<byte[]> message, CancellationToken stopping)
    {
        try
        {
            if (Decode(message) is not { } request || GroupKey.Of(request.Group) is var key && GroupKey.Parse(message.Subject) != key) await message.AckTerminateAsync(cancellationToken: stopping);
            else await ServeAsync(request, key, message, stopping);
        }
        catch (OperationCanceledException)
        {
            // The life has ended; what it held is given to another.
        }
        catch (Exception e)
        {
            observer.OnMessage($"group {message.Subject}: {e.Message}");
        }
        finally
        {
            Release();
        }
    }

    private async Task ServeAsync(RolloutRequest request, GroupKey key, INatsJSMsg<byte[]> message, CancellationToken stopping)
    {
        using var group = new RunningGroup(key, message);
        if (!_running.TryAdd(key, group))
        {
            // The server has forgotten that it gave it to this actor already.
            await group.ReturnAsync(leaseTime);
            return;
        }

        lease.Changed();
        try
        {
            var verdict = IsAgain(message) ? await driver.AskAsync(key, stopping) : new GroupVerdict(Verdict.Run);
            await FollowAsync(verdict, request, group, stopping);
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    /// <summary>Whether somebody may have run it, or runs it now: the server gave it away before, or the driver published it before.</summary>
    private bool IsAgain(INatsJSMsg<byte[]> message) =>
        message.Metadata is not { } metadata || binding.IsAgain(metadata) || message.Headers?.ContainsKey(WorkPublisher.AgainHeader) == true;

    private async Task FollowAsync(GroupVerdict verdict, RolloutRequest request, RunningGroup group, CancellationToken stopping)
    {
        switch (verdict.Verdict)
        {
            case Verdict.Done:
                await group.AcknowledgeAsync();
                break;
            case Verdict.Elsewhere:
                // Its holder may be dead and not yet known to be: a whole lease more would be added to the wait for that.
                await group.ReturnAsync(leaseTime / 4);
                break;
            case Verdict.Fenced:
                lease.Fence();
                break;
            default:
                await RunAsync(request, group, alone: verdict.Deaths >= SuspectedAfter, stopping);
                break;
        }
    }

    private async Task RunAsync(RolloutRequest request, RunningGroup group, bool alone, CancellationToken stopping)
    {
        await _gate.EnterAsync(alone, stopping);
        observer.OnBegan(group.Key);
        try
        {
            var result = await actor.GenerateAsync(request, group.Abort);
            if (group.IsDropped) return;
            if (group.IsUnwanted) await group.AcknowledgeAsync();
            else await AnswerAsync(new RolloutAnswer(request.Group, request.Attempt, result), group, stopping);
        }
        finally
        {
            _gate.Leave(alone);
            observer.OnEnded(group.Key);
        }
    }

    /// <summary>Answers, unless this life has died meanwhile: a process that was stopped for long must not speak before it knows.</summary>
    private async Task AnswerAsync(RolloutAnswer answer, RunningGroup group, CancellationToken stopping)
    {
        await lease.ConfirmAsync(stopping);
        if (lease.Fenced.IsCancellationRequested) return;
        if (answer.Result.Completions.All(c => c is { Finish: FinishReason.Aborted, TokenIds.IsEmpty: true }))
        {
            await group.ReturnAsync(TimeSpan.Zero);
            return;
        }

        await results.PublishAsync(answer, group.Key, group.Message.Metadata?.Sequence.Stream ?? 0, stopping);
        await group.AcknowledgeAsync();
    }

    private RolloutRequest? Decode(INatsJSMsg<byte[]> message)
    {
        try
        {
            return codec.DecodeRequest(message.Data);
        }
        catch (BodyFormatException e)
        {
            observer.OnMessage($"{message.Subject}: {e.Message}; the message is ignored");
            return null;
        }
    }

    private void Release()
    {
        try
        {
            _room.Release();
        }
        catch (ObjectDisposedException)
        {
            // The life has ended meanwhile.
        }
    }
}
