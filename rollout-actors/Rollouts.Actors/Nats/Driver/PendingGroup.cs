namespace Rollouts.Actors.Nats;

/// <summary>A group that somebody waits for.</summary>
internal sealed class PendingGroup(RolloutRequest request, long openedAt)
{
    private readonly TaskCompletionSource<RolloutResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its name in subjects.</summary>
    public GroupKey Key { get; } = GroupKey.Of(request.Group);

    /// <summary>Since when it is waited for.</summary>
    public long OpenedAt { get; } = openedAt;

    /// <summary>What is asked for; with what was handed back.</summary>
    public RolloutRequest Request { get; set; } = request;

    /// <summary>The pool that it was published to; empty before.</summary>
    public string Pool { get; set; } = "";

    /// <summary>Its work's place in the stream; 0 where that is not known.</summary>
    public ulong Sequence { get; set; }

    /// <summary>How often its work was published on purpose: part of the message's id.</summary>
    public int Publications { get; set; }

    /// <summary>Whether the last look at the streams found neither its work nor its result, nor an actor that runs it.</summary>
    public bool WasMissing { get; set; }

    /// <summary>Looks at the streams in a row that found it delivered and in nobody's hands.</summary>
    public int Unheld { get; set; }

    /// <summary>The result.</summary>
    public Task<RolloutResult> Result => _result.Task;

    /// <summary>The first result counts.</summary>
    public bool TryComplete(RolloutResult result) => _result.TrySetResult(result);
}
