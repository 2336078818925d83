using System.Collections.Immutable;
using Rollouts.Data;
using Rollouts.Models;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>A recipe built: an output folder opened, engines running, the graph ready. Run it once.</summary>
public sealed class RolloutJob : IAsyncDisposable
{
    private readonly RolloutPipeline _pipeline;
    private readonly DatasetSink _sink;
    private readonly RunningTransport _transport;
    private readonly ImmutableArray<WeightedReward> _rewards;
    private readonly OutputSession _session;
    private readonly RunMetrics _metrics;

    private RolloutJob(
        RolloutPipeline pipeline, DatasetSink sink, RunningTransport transport, ImmutableArray<WeightedReward> rewards, OutputSession session, RunMetrics metrics)
    {
        (_pipeline, _sink, _transport, _rewards, _session, _metrics) = (pipeline, sink, transport, rewards, session, metrics);
    }

    /// <summary>The output folder.</summary>
    public string Folder => _session.Folder.Root;

    /// <summary>Groups that earlier sessions of the folder had decided.</summary>
    public int NumDecidedBefore => _session.NumDecidedBefore;

    /// <summary>How far it is.</summary>
    public RunProgress Progress => _metrics.Snapshot();

    /// <summary>Opens the folder, starts the engines, links the graph.</summary>
    /// <param name="loaded">The recipe.</param>
    /// <param name="fresh">Whether to begin beside a folder that is there.</param>
    /// <exception cref="RecipeException">The recipe cannot be built.</exception>
    /// <exception cref="DataFormatException">Prompts or output folder.</exception>
    /// <exception cref="ModelFormatException">The model's folder.</exception>
    public static async Task<RolloutJob> CreateAsync(LoadedRecipe loaded, bool fresh, TimeProvider time, CancellationToken cancellationToken)
    {
        var recipe = loaded.Recipe;
        var sampling = recipe.Sampling.ToParams();
        var tokenizer = Tokenizer.Load(loaded.Resolve(recipe.Model.Path));
        SamplingFit.Require(loaded);
        EngineChecks.Require(loaded);
        var encoder = PromptEncoders.Create(loaded, tokenizer, time);
        var source = PromptSources.Create(loaded);
        var session = await OutputOpening.OpenAsync(loaded, source, fresh, time, cancellationToken);
        var transport = await TransportOfAsync(loaded, session, tokenizer, time, cancellationToken);
        var rewards = RewardFactory.Create(recipe, time);
        var sink = new DatasetSink(session, OptionsOf(recipe.Output), time, transport.Transport.Settle);
        var options = PipelineOf(recipe, sampling, transport.MaxLength);
        var metrics = new RunMetrics(session, transport.Transport, session.Header.PromptRows * recipe.Prompts.Epochs * sampling.N, time);
        var parts = new PipelineParts(
            Undecided(source.ReadAsync(session.Header.Columns.Source, cancellationToken), session),
            encoder, transport.Transport, rewards,
            new GroupRelativeAdvantage(recipe.Advantage.DivideByStd), sink, session.Ledger);
        var pipeline = new RolloutPipeline(parts, options, metrics, time);
        return new RolloutJob(pipeline, sink, transport, rewards, session, metrics);
    }

    /// <summary>Runs until the prompts end, or a drain has.</summary>
    /// <param name="stop">Stops at once; the folder can be resumed.</param>
    public async Task<RunSummary> RunAsync(CancellationToken stop)
    {
        await using var metrics = _metrics.Start();
        try
        {
            await _pipeline.RunAsync(stop);
        }
        finally
        {
            // What was decided before a fault is whole, and is kept.
            await _sink.CompleteAsync();
        }

        // An interrupted run leaves its job at the server, for its next session.
        if (!_pipeline.IsInterrupted && _session.Ledger.Closed.Cancelled == 0) await _transport.EndAsync(stop);
        return new RunSummary(Folder, _session.Ledger.Closed, Progress, _pipeline.IsInterrupted, _transport.Counters);
    }

    /// <summary>Reads no more prompts; what runs is finished and committed.</summary>
    public void Drain() => _pipeline.Drain();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        foreach (var reward in _rewards)
            if (reward.Reward is IAsyncDisposable disposable) await disposable.DisposeAsync();
        await _sink.DisposeAsync();
        _session.Dispose();
    }

    /// <summary>A folder whose transport is not to be had is given free again.</summary>
    private static async Task<RunningTransport> TransportOfAsync(LoadedRecipe loaded, OutputSession session, ITokenizer tokenizer, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await RunningTransport.OpenAsync(loaded, session, tokenizer, time, cancellationToken);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static async IAsyncEnumerable<Prompt> Undecided(IAsyncEnumerable<Prompt> prompts, OutputSession session)
    {
        await foreach (var prompt in prompts)
            if (!session.IsDecided(prompt.Group)) yield return prompt;
    }

    private static DatasetOptions OptionsOf(OutputSection output) =>
        new() { RowsPerFile = output.RowsPerFile, BytesPerFile = output.BytesPerFile.Bytes, SealAfter = output.SealAfter };

    private static PipelineOptions PipelineOf(Recipe recipe, SamplingParams sampling, int maxLength) => new()
    {
        Sampling = sampling,
        MaxLength = maxLength,
        SpecialTokens = recipe.Prompts.SpecialTokens,
        Retries = new RetryOptions(recipe.Retries.Infrastructure, recipe.Retries.Timeout, recipe.Retries.Data, recipe.Retries.Reward),
        Deadlines = new DeadlineOptions { Rollout = recipe.Deadlines.Rollout, Reward = recipe.Deadlines.Reward, Stall = recipe.Deadlines.Stall, Drain = recipe.Deadlines.Drain },
        Filter = new FilterOptions(recipe.Filter.ZeroVariance == ZeroVariance.Drop, recipe.Filter.WhenShort, recipe.Filter.MinRewarded),
        BatchGroups = recipe.Batch.Groups,
    };
}
