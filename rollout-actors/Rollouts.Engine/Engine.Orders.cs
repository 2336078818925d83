using System.Diagnostics;

namespace Rollouts.Engine;

/// <summary>What others ask of the loop: requests, aborts and orders. They wait in one channel, and the loop obeys between steps.</summary>
public sealed partial class Engine
{
    private bool TrySubmit(
        GenerationRequest request, bool streams, CancellationToken abort, out Sequence sequence, out CancellationTokenRegistration registration, out Completion refused)
    {
        sequence = null!;
        registration = default;
        refused = _check.Refuse(request)!;
        if (refused is not null) return false;
        if (request.Score) request = request with { Sampling = SamplingParams.Greedy with { MaxTokens = 1 } };
        sequence = new Sequence(request, _check.MaxCount(request), Stopwatch.GetTimestamp()) { Routing = _routing };
        if (streams) sequence.Deltas = new DeltaSlot(!request.Sampling.LogProbs.IsNone);
        if (streams || !request.Sampling.Stop.IsEmpty) sequence.Text = new StopWatcher(_tokenizer, request.Sampling, sequence.Completion);
        var submitted = sequence;
        if (!_orders.Writer.TryWrite(() => _scheduler.Add(submitted)))
        {
            refused = Completion.Failed(new RolloutFailure(FailureKind.Infrastructure, "generate", _fault?.Message ?? "the engine has stopped"));
            return false;
        }

        registration = abort.UnsafeRegister(_ => _orders.Writer.TryWrite(() => Abort(submitted)), null);
        return true;
    }

    private void Abort(Sequence sequence)
    {
        if (sequence.IsFinished) return;
        CloseTickets();
        if (!sequence.IsFinished) _committer.Abort(sequence);
    }

    private async Task OrderAsync(Func<Task> order, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_orders.Writer.TryWrite(() => done.SetResult(order()))) throw new ObjectDisposedException(nameof(Engine), _fault?.Message);
        await (await done.Task.WaitAsync(cancellationToken)).WaitAsync(cancellationToken);
    }

    private void Obey()
    {
        while (_orders.Reader.TryRead(out var order)) order();
    }

    // Nothing to do until somebody asks: the thread sleeps.
    private void WaitForOrders()
    {
        Publish();
        if (!_orders.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) _stopping = true;
    }
}
