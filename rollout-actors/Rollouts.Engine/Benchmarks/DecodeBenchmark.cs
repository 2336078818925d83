using System.Diagnostics;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>The engine's own scheduler, runner and committer, a decode step at a time, for measuring.</summary>
public sealed class DecodeBenchmark : IDisposable
{
    private readonly Scheduler _scheduler;
    private readonly IStepRunner _runner;
    private readonly StepCommitter _committer;
    private readonly Queue<StepTicket> _launched = new();
    private readonly Stack<StepTicket> _free = new();
    private readonly int _depth;
    private int _lastTokens;

    /// <summary>Loads a model and brings a batch of sequences to their first decode step.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="context">Tokens of each prompt.</param>
    /// <param name="steps">Steps that will be taken at most.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="engine">Threads, ranks and mode; the sizes are the benchmark's.</param>
    public DecodeBenchmark(string folder, ElementType type, int batch, int context, int steps, SamplingParams sampling, EngineOptions engine)
        : this(OnProcessor(folder, type, batch, context, steps, engine), ModelConfigReader.Read(folder), batch, context, steps, sampling, engine with { MaxRunning = batch, MaxBatchedTokens = 512, MaxScoredRows = 4 })
    {
    }

    internal DecodeBenchmark((IStepRunner Runner, int Blocks) made, ModelConfig config, int batch, int context, int steps, SamplingParams sampling, EngineOptions options)
    {
        (_runner, _depth) = (made.Runner, options.PipelineDepth);
        _scheduler = new Scheduler(new BlockPool(made.Blocks), options);
        _committer = new StepCommitter(_scheduler, new NoTokenizer(config.VocabularySize), []);
        for (var i = 0; i <= _depth; i++) _free.Push(new StepTicket(batch));
        for (var i = 0; i < batch; i++)
        {
            var request = new GenerationRequest(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId($"{i}")), 0), [.. Enumerable.Range(0, context).Select(t => (t * 31 + i * 977) % config.VocabularySize)], sampling with { MaxTokens = steps + 32, IgnoreEos = true });
            _scheduler.Add(new Sequence(request, config.MaxLength, Stopwatch.GetTimestamp()));
        }

        do Step();
        while (_scheduler.NumWaiting > 0 || _lastTokens != batch);
    }

    /// <summary>KV blocks that so many sequences need.</summary>
    internal static int Blocks(int batch, int context, int steps, int blockSize) => batch * ((context + steps + 64) / blockSize + 2);

    /// <summary>Schedule, launch, and commit the oldest.</summary>
    public void Step()
    {
        var step = _free.Pop();
        if (!_scheduler.TrySchedule(step, mayPreempt: _launched.Count == 0) || step.Items.Count == 0) throw new InvalidOperationException("Nothing is left to decode; ask for more steps.");
        _lastTokens = step.NumTokens;
        _runner.Launch(step);
        _launched.Enqueue(step);
        if (_launched.Count > _depth) CommitOldest();
    }

    /// <summary>Commits what was launched.</summary>
    public void Settle()
    {
        while (_launched.Count > 0) CommitOldest();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Settle();
        _runner.Dispose();
    }

    private void CommitOldest()
    {
        var step = _launched.Dequeue();
        _runner.Await(step);
        _committer.Commit(step);
        _free.Push(step);
    }

    private static (IStepRunner Runner, int Blocks) OnProcessor(string folder, ElementType type, int batch, int context, int steps, EngineOptions engine)
    {
        LibTorch.SetThreads(engine.Threads);
        var config = ModelConfigReader.Read(folder);
        var options = engine with { MaxRunning = batch, MaxBatchedTokens = 512, MaxScoredRows = 4 };
        var (model, team) = EngineLoader.LoadModel(folder, config, type, options);
        var blocks = Blocks(batch, context, steps, options.BlockSize);
        model.ReserveKv(options.BlockSize, blocks);
        return (new ModelRunner(model, options, config.MaxLength, [], team), blocks);
    }
}
