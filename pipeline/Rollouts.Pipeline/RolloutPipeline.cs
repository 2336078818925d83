using System.Collections.Immutable;
using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>What a pipeline is made of.</summary>
/// <param name="Prompts">Read one at a time, as there is room.</param>
/// <param name="Encoder">Prompts to token ids.</param>
/// <param name="Transport">To the actors and back.</param>
/// <param name="Rewards">None where a dataset is generated.</param>
/// <param name="Advantage">From rewards to advantages.</param>
/// <param name="Sink">Where decided groups go.</param>
/// <param name="Ledger">Counts every rollout.</param>
public sealed record PipelineParts(
    IAsyncEnumerable<Prompt> Prompts,
    IPromptEncoder Encoder,
    IRolloutTransport Transport,
    ImmutableArray<WeightedReward> Rewards,
    IAdvantage Advantage,
    IRolloutSink Sink,
    RolloutLedger Ledger);

/// <summary>The graph of one run: prompts in at one end, decided groups out at the other, every hop bounded.</summary>
public sealed class RolloutPipeline(PipelineParts parts, PipelineOptions options, IPipelineObserver observer, TimeProvider time)
{
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _aborting = new();

    /// <summary>Whether the session was asked to stop early.</summary>
    public bool IsInterrupted => _draining.IsCancellationRequested;

    /// <summary>Reads no more prompts; what runs is finished and committed, or given up at the drain deadline. The run then ends as if the prompts had.</summary>
    public void Drain()
    {
        _draining.Cancel();
        _aborting.CancelAfter(options.Deadlines.Drain);
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="stop">Stops at once: what is not durable is issued again by the next session.</param>
    /// <exception cref="Exception">What the run cannot survive, as it was thrown.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var graph = new RolloutGraph(stop);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(graph.Stopping, _aborting.Token);
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort.Token, _draining.Token);

        var prompts = TokenizeBlock.Create(graph, parts.Encoder, options, time);
        var generated = graph.Link(prompts, DispatchBlock.Create(graph, parts.Transport, options, parts.Ledger, new SessionEnd(drain.Token, abort.Token), time));
        var scored = graph.Link(generated, RewardBlock.Create(graph, parts.Rewards, options, time));
        var decided = graph.Link(scored, FilterBlock.Create(graph, options, hasRewards: parts.Rewards.Length > 0));
        var valued = graph.Link(decided, AdvantageBlock.Create(graph, parts.Advantage));
        var batches = graph.Link(valued, BatchCollector.Create(graph, options, () => IsInterrupted));
        var progress = new StallWatch(options.Deadlines.Stall, parts.Transport, parts.Ledger, time);
        graph.Link(batches, graph.Add(new ActionBlock<GroupBatch>(
            graph.Watch<GroupBatch>(async batch =>
            {
                progress.Moved();
                await parts.Sink.WriteAsync(batch, graph.Stopping);
                observer.OnBatch(batch);
            }),
            new ExecutionDataflowBlockOptions { BoundedCapacity = 16, NameFormat = "sink" })));

        var feeding = FeedAsync(prompts, graph);
        var watching = progress.RunAsync(graph);
        try
        {
            await graph.RunAsync();
        }
        finally
        {
            progress.Stop();
            await Task.WhenAll(feeding, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FeedAsync(ITargetBlock<Prompt> head, RolloutGraph graph)
    {
        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(graph.Stopping, _draining.Token);
            await foreach (var prompt in parts.Prompts.WithCancellation(stopping.Token))
            {
                if (stopping.IsCancellationRequested) break;
                parts.Ledger.Issue(options.Sampling.N);
                if (!await head.SendAsync(prompt, graph.Stopping)) break;
            }

            head.Complete();
        }
        catch (OperationCanceledException) when (_draining.IsCancellationRequested)
        {
            head.Complete();
        }
        catch (Exception e)
        {
            await graph.FailAsync(e);
            head.Fault(e);
        }
    }
}
