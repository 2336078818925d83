using System.Collections.Immutable;
using System.Threading.Channels;

namespace Rollouts.Actors;

/// <summary>
/// Actors in this process. One bounded queue feeds them all and each takes a group when it has room, so they balance themselves:
/// a fast actor comes back for more sooner. Credits are counted in sequences: what an actor runs, and one group beside it to go on with.
/// </summary>
public sealed class InProcessTransport : IRolloutTransport, IRolloutSeat
{
    private readonly ImmutableArray<RolloutActor> _actors;
    private readonly Channel<Ticket> _queue;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _loops;

    /// <summary>A transport over these actors, whose engines stay their owner's.</summary>
    /// <param name="actors">At least one.</param>
    /// <param name="siblings">Rollouts a group: what a credit is worth.</param>
    public InProcessTransport(ImmutableArray<RolloutActor> actors, int siblings)
    {
        ArgumentOutOfRangeException.ThrowIfZero(actors.Length);
        _actors = actors;
        _queue = Channel.CreateBounded<Ticket>(MaxGroupsInFlight(siblings));
        _loops = Task.WhenAll(actors.Select(actor => Task.Run(() => ServeAsync(actor, Credits(actor, siblings)))));
    }

    /// <inheritdoc/>
    public ImmutableArray<ActorLoad> Loads => [.. _actors.Select(a => a.Load)];

    /// <inheritdoc/>
    public int MaxGroupsInFlight(int siblings) => _actors.Sum(actor => Credits(actor, siblings)) + 1;

    /// <inheritdoc/>
    public string Waiting => "";

    /// <summary>A seat at once: the queue itself is the bound.</summary>
    public ValueTask<IRolloutSeat> ReserveAsync(CancellationToken stopping) => ValueTask.FromResult<IRolloutSeat>(this);

    /// <summary>Nothing is kept here.</summary>
    public void Settle(IReadOnlyCollection<GroupId> groups)
    {
    }

    /// <inheritdoc/>
    public async Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort)
    {
        var ticket = new Ticket(request, abort);
        try
        {
            await _queue.Writer.WriteAsync(ticket, abort);
        }
        catch (OperationCanceledException)
        {
            return RolloutResult.Aborted(request);
        }

        return await ticket.Result.Task;
    }

    void IDisposable.Dispose()
    {
        // Its seats are no things of their own.
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _closing.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_queue.Reader.TryRead(out var left)) left.Result.TrySetResult(RolloutResult.Aborted(left.Request));
        _closing.Dispose();
    }

    private static int Credits(RolloutActor actor, int siblings) => PoolSize.GroupsOf(actor.MaxRunning, siblings);

    private async Task ServeAsync(RolloutActor actor, int credits)
    {
        using var room = new SemaphoreSlim(credits);
        while (true)
        {
            await room.WaitAsync(_closing.Token);
            var ticket = await _queue.Reader.ReadAsync(_closing.Token);
            _ = RunAsync(actor, ticket, room);
        }
    }

    private static async Task RunAsync(RolloutActor actor, Ticket ticket, SemaphoreSlim room)
    {
        var result = ticket.Abort.IsCancellationRequested ? RolloutResult.Aborted(ticket.Request) : await actor.GenerateAsync(ticket.Request, ticket.Abort);
        try
        {
            room.Release();
        }
        catch (ObjectDisposedException)
        {
            // The transport closed meanwhile; the result is still the caller's.
        }

        ticket.Result.SetResult(result);
    }

    private sealed record Ticket(RolloutRequest Request, CancellationToken Abort)
    {
        public TaskCompletionSource<RolloutResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
