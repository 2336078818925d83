using System.Collections.Immutable;

namespace Rollouts.TestSupport;

/// <summary>A transport that answers at once, fails or hangs as it is told.</summary>
public sealed class ScriptedTransport : IRolloutTransport, IRolloutSeat
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Attempts before this one fail with kind infrastructure.</summary>
    public int FailUntilAttempt { get; set; }

    /// <summary>Whether it answers only when it is aborted.</summary>
    public bool Hangs { get; set; }

    /// <summary>Done when a request has come.</summary>
    public Task FirstRequest => _first.Task;

    /// <inheritdoc/>
    public ImmutableArray<ActorLoad> Loads => [new(new ActorId("scripted"), new EngineLoad(Hangs ? 2 : 0, 0, 0, 0, 0))];

    /// <inheritdoc/>
    public int MaxGroupsInFlight(int siblings) => 16;

    /// <inheritdoc/>
    public string Waiting => "";

    /// <summary>Groups that the sink made durable.</summary>
    public List<GroupId> Settled { get; } = [];

    /// <inheritdoc/>
    public ValueTask<IRolloutSeat> ReserveAsync(CancellationToken stopping) => ValueTask.FromResult<IRolloutSeat>(this);

    /// <inheritdoc/>
    public void Settle(IReadOnlyCollection<GroupId> groups) => Settled.AddRange(groups);

    /// <inheritdoc/>
    public async Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort)
    {
        _first.TrySetResult();
        var finish = FinishReason.Stop;
        if (Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            finish = FinishReason.Aborted;
        }
        else
        {
            await Task.Yield();
        }

        var completion = request.Attempt < FailUntilAttempt
            ? Completion.Failed(new RolloutFailure(FailureKind.Infrastructure, "generate", "the actor died"))
            : Groups.Completion("4", 1, 2) with { Finish = finish };
        return new RolloutResult(new ActorId("scripted"), DateTimeOffset.UnixEpoch, [.. Enumerable.Repeat(completion, request.Sampling.N)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Its seats are no things of their own.
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
