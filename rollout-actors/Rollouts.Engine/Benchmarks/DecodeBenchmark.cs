using System.Diagnostics;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>The engine's own scheduler, runner and committer, a decode step at a time, for measuring.</summary>
public sealed class DecodeBenchmark : IDisposable
{
    private readonly Scheduler _scheduler;
    private readonly ModelRunner _runner;
    private readonly StepCommitter _committer;
    private readonly StepTicket _ticket;

    /// <summary>Loads a model and brings a batch of sequences to their first decode step.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="context">Tokens of each prompt.</param>
    /// <param name="steps">Steps that will be taken at most.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="engine">Threads, ranks and mode; the sizes are the benchmark's.</param>
    public DecodeBenchmark(string folder, ElementType type, int batch, int context, int steps, SamplingParams sampling, EngineOptions engine)
    {
        LibTorch.SetThreads(engine.Threads);
        var config = ModelConfigReader.Read(folder);
        var options = engine with { MaxRunning = batch, MaxBatchedTokens = 512, MaxScoredRows = 4 };
        var (model, team) = EngineLoader.LoadModel(folder, config, type, options);
        var blocks = batch * ((context + steps + 64) / options.BlockSize + 2);
        model.ReserveKv(options.BlockSize, blocks);
        _runner = new ModelRunner(model, options, config.MaxLength, [], team);
        _scheduler = new Scheduler(new BlockPool(blocks), options);
        _committer = new StepCommitter(_scheduler, new NoTokenizer(config.VocabularySize), []);
        _ticket = new StepTicket(batch);
        for (var i = 0; i < batch; i++)
        {
            var request = new GenerationRequest(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId($"{i}")), 0), [.. Enumerable.Range(0, context).Select(t => (t * 31 + i * 977) % config.VocabularySize)], sampling with { MaxTokens = steps + 32, IgnoreEos = true });
            _scheduler.Add(new Sequence(request, config.MaxLength, Stopwatch.GetTimestamp()));
        }

        do Step();
        while (_scheduler.NumWaiting > 0 || _ticket.NumTokens != batch);
    }

    /// <summary>Schedule, launch, commit.</summary>
    public void Step()
    {
        if (!_scheduler.TrySchedule(_ticket, mayPreempt: true) || _ticket.Items.Count == 0) throw new InvalidOperationException("Nothing is left to decode; ask for more steps.");
        _runner.Launch(_ticket);
        _committer.Commit(_ticket);
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();
}
