using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>
/// Owns the blocks of a run and how it ends. TPL Dataflow sends faults downstream only and completes a cancelled block's target as if all were well,
/// so one owner watches every block: the first fault or cancellation faults all of them with its root cause, cancels <see cref="Stopping"/>, waits until
/// no delegate runs, and rethrows.
/// </summary>
public sealed class RolloutGraph : IDisposable
{
    private readonly List<IDataflowBlock> _blocks = [];
    private readonly CancellationTokenSource _stopping;
    private readonly RunningWork _work = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _firstFault;

    /// <summary>A graph that also stops when the caller's token does.</summary>
    public RolloutGraph(CancellationToken cancellationToken) =>
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Cancelled when the run must not go on. Every SendAsync and every wait inside a block takes it.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Adds a block to the run.</summary>
    public TBlock Add<TBlock>(TBlock block)
        where TBlock : IDataflowBlock
    {
        _blocks.Add(block);
        return block;
    }

    /// <summary>Links two blocks, completion included, and gives the second.</summary>
    public TTarget Link<T, TTarget>(ISourceBlock<T> source, TTarget target)
        where TTarget : ITargetBlock<T>
    {
        source.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        return target;
    }

    /// <summary>Wraps a block's work so that its failure stops the run at once: Dataflow itself tells only when the block's other delegates have ended.</summary>
    public Func<TIn, Task<TOut>> Watch<TIn, TOut>(Func<TIn, Task<TOut>> work) => async item =>
    {
        using var running = _work.Enter();
        try
        {
            return await work(item);
        }
        catch (Exception e)
        {
            // An OperationCanceledException that left a delegate would silently drop the item, so it never does.
            await FailAsync(e);
            throw new RunStoppedException(e);
        }
    };

    /// <summary>The same for a last block.</summary>
    public Func<TIn, Task> Watch<TIn>(Func<TIn, Task> work)
    {
        var watched = Watch<TIn, bool>(async item =>
        {
            await work(item);
            return true;
        });
        return watched;
    }

    /// <summary>Stops the run with a cause. The first one counts.</summary>
    public async Task FailAsync(Exception cause)
    {
        Interlocked.CompareExchange(ref _firstFault, cause, null);
        _failed.TrySetResult();
        await _stopping.CancelAsync();
    }

    /// <summary>Runs until every block has ended.</summary>
    /// <exception cref="Exception">The root cause, as it was thrown.</exception>
    public async Task RunAsync()
    {
        await await Task.WhenAny(BlocksEndedAsync(), _failed.Task);
        if (_firstFault is null) return;
        foreach (var block in _blocks) block.Fault(_firstFault);
        await _stopping.CancelAsync();
        await _work.EndedAsync();
        ExceptionDispatchInfo.Throw(_firstFault);
    }

    private async Task BlocksEndedAsync()
    {
        await foreach (var ended in Task.WhenEach(_blocks.Select(b => b.Completion)))
        {
            if (ended.IsCompletedSuccessfully) continue;
            // Not FailAsync: RunAsync goes on from here, and must not return before it has cancelled.
            Interlocked.CompareExchange(ref _firstFault, Root(ended), null);
            return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private static Exception Root(Task ended) => ended.Exception?.GetBaseException() switch
    {
        RunStoppedException { InnerException: { } inner } => inner,
        { } cause => cause,
        null => new TaskCanceledException(ended),
    };
}
