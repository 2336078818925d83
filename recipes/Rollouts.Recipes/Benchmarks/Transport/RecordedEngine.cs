using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>Answers at once with what a synthetic engine drew before, so that a measure of the transport does not count the drawing.</summary>
internal sealed class RecordedEngine(ImmutableArray<Completion> completions, int maxRunning) : IGenerationEngine
{
    public EngineCapacity Capacity => new(maxRunning, EngineFactory.SyntheticContext);

    public EngineLoad Load => default;

    public PolicyVersion Version => default;

    /// <summary>Draws a group.</summary>
    public static async Task<ImmutableArray<Completion>> DrawAsync(RolloutRequest request, ITokenizer tokenizer, int tokens)
    {
        var options = new SyntheticOptions { TokensPerSecond = 0, MedianTokens = tokens, P99Tokens = tokens, MaxRunning = request.Sampling.N };
        await using var engine = new SyntheticEngine(options, tokenizer, EngineFactory.SyntheticContext, TimeProvider.System);
        return (await new RolloutActor(new ActorId("recorded"), engine, TimeProvider.System).GenerateAsync(request, CancellationToken.None)).Completions;
    }

    public Task<Completion> GenerateAsync(GenerationRequest request, CancellationToken abort) => Task.FromResult(completions[request.Id.Sibling]);

    public async IAsyncEnumerable<GenerationDelta> StreamAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken abort)
    {
        var completion = await GenerateAsync(request, abort);
        yield return new GenerationDelta(completion.TokenIds, completion.LogProbs, completion.Text, completion);
    }

    public Task PauseAsync(PauseMode mode, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ResumeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
