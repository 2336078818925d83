using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>
/// Continuous batching: one loop, on its own thread, owns the device. Schedule, launch, commit; what others ask for is obeyed between steps.
/// Invariant: every request that was taken gets exactly one terminal event, whatever happens to it.
/// </summary>
public sealed partial class Engine : IGenerationEngine
{
    private readonly Scheduler _scheduler;
    private readonly BlockPool _pool;
    private readonly IStepRunner _runner;
    private readonly StepCommitter _committer;
    private readonly EngineOptions _options;
    private readonly ITokenizer _tokenizer;
    private readonly RequestCheck _check;
    private readonly Channel<Action> _orders = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<StepTicket> _tickets = new();
    private readonly Stack<StepTicket> _free = new();
    private readonly Thread _thread;
    private readonly RoutingReader? _routing;
    private Exception? _fault;
    private bool _held;
    private bool _asleep;
    private bool _stopping;
    private TaskCompletionSource? _drained;

    internal Engine(IStepRunner runner, ITokenizer tokenizer, ModelConfig config, int numBlocks, EngineOptions options, RoutingReader? routing = null)
    {
        _runner = runner;
        _options = options;
        _tokenizer = tokenizer;
        _routing = routing;
        _pool = new BlockPool(numBlocks);
        // Experts are read from beside the KV when a sequence ends: until then none of it is given back.
        var limits = new SequenceLimits(config.MaxLength, routing is null ? config.LargestWindow : 0);
        _scheduler = new Scheduler(_pool, options, limits.Window);
        _committer = new StepCommitter(_scheduler, tokenizer, config.EosTokenIds);
        Capacity = new EngineCapacity(options.MaxRunning, limits.Within(numBlocks, options));
        _check = new RequestCheck(Capacity.MaxLength, config.VocabularySize, config.EosTokenIds);
        for (var i = 0; i <= options.PipelineDepth; i++) _free.Push(new StepTicket(options.MaxRunning));
        _thread = new Thread(Loop) { IsBackground = true, Name = "engine" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public EngineCapacity Capacity { get; }

    /// <inheritdoc/>
    public EngineLoad Load { get; private set; }

    /// <inheritdoc/>
    public PolicyVersion Version => _scheduler.Version;

    /// <inheritdoc/>
    public async Task<Completion> GenerateAsync(GenerationRequest request, CancellationToken abort)
    {
        if (!TrySubmit(request, streams: false, abort, out var sequence, out var registration, out var refused)) return refused;
        await using (registration) return await sequence.Result.Task;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<GenerationDelta> StreamAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken abort)
    {
        if (!TrySubmit(request, streams: true, abort, out var sequence, out var registration, out var refused))
        {
            yield return new GenerationDelta([], [], "", refused);
            yield break;
        }

        await using (registration)
        {
            GenerationDelta delta;
            do
            {
                delta = await sequence.Deltas!.TakeAsync();
                yield return delta;
            }
            while (delta.Completion is null);
        }
    }

    /// <inheritdoc/>
    public Task PauseAsync(PauseMode mode, CancellationToken cancellationToken) => OrderAsync(() =>
    {
        CloseTickets();
        _scheduler.Admits = false;
        _held = mode == PauseMode.Keep;
        _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (mode == PauseMode.Abort)
            foreach (var sequence in _scheduler.Everything()) _committer.Abort(sequence);
        return mode == PauseMode.Wait && _scheduler.Running.Count > 0 ? _drained.Task : Task.CompletedTask;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellationToken) => OrderAsync(() =>
    {
        (_scheduler.Admits, _held, _drained) = (true, false, null);
        return Task.CompletedTask;
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_orders.Writer.TryWrite(() => _stopping = true)) _orders.Writer.TryComplete();
        _thread.Join();
        _runner.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Loop()
    {
        try
        {
            while (!_stopping) Turn();
        }
        catch (Exception e)
        {
            _fault = e;
        }

        _orders.Writer.TryComplete();
        Stop();
    }

    /// <summary>One turn: obey, schedule, launch, commit.</summary>
    private void Turn()
    {
        Obey();
        if (_stopping) return;
        var step = _free.Pop();
        var scheduled = !_held && !_asleep && _scheduler.TrySchedule(step, mayPreempt: _tickets.Count == 0) && step.Items.Count > 0;
        if (scheduled)
        {
            _runner.Launch(step);
            _tickets.Enqueue(step);
        }
        else
        {
            _free.Push(step);
        }

        if (_tickets.Count > (scheduled ? _options.PipelineDepth : 0)) CommitOldest();
        else if (!scheduled) WaitForOrders();
        Publish();
    }

    private void CommitOldest()
    {
        var step = _tickets.Dequeue();
        _runner.Await(step);
        _committer.Commit(step);
        _free.Push(step);
        if (_scheduler.Running.Count == 0) _drained?.TrySetResult();
    }

    private void CloseTickets()
    {
        while (_tickets.Count > 0) CommitOldest();
    }

    private void Publish() => Load = new EngineLoad(
        _scheduler.Running.Count, _scheduler.NumWaiting, 1 - (double)_pool.NumFree / _pool.NumBlocks, _committer.NumGenerated, _scheduler.NumPreemptions);

    /// <summary>Whoever still waits hears of the end, once.</summary>
    private void Stop()
    {
        while (_orders.Reader.TryRead(out var order)) order();
        var failure = _fault is null ? null : new RolloutFailure(FailureKind.Infrastructure, "generate", $"the engine failed: {_fault.Message}", _fault.GetType().Name);
        foreach (var sequence in _scheduler.Everything())
            if (!sequence.IsFinished) _committer.End(sequence, failure);
    }
}
