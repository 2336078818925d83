using System.Collections.Immutable;

namespace Rollouts.Actors;

/// <summary>An engine with a name that takes whole groups: siblings share their prompt's KV, so a group never leaves its actor.</summary>
/// <param name="id">The actor's name.</param>
/// <param name="engine">Borrowed; its owner disposes it.</param>
/// <param name="time">The clock.</param>
public sealed class RolloutActor(ActorId id, IGenerationEngine engine, TimeProvider time)
{
    /// <summary>Told of tokens as they come: the request, the completion tokens before these. Null: nobody listens, and none are collected.</summary>
    public Action<GenerationRequest, int, GenerationDelta>? OnDelta { get; init; }

    /// <summary>The actor's name.</summary>
    public ActorId Id { get; } = id;

    /// <summary>Sequences that it runs at once.</summary>
    public int MaxRunning => engine.Capacity.MaxRunning;

    /// <summary>What it does now.</summary>
    public ActorLoad Load => new(Id, engine.Load);

    /// <summary>Generates all siblings of a group. Whatever an engine throws is a failure of kind infrastructure in each completion.</summary>
    public async Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort)
    {
        var startedAt = time.GetUtcNow();
        var siblings = new Task<Completion>[request.Sampling.N];
        // The prompt is the same for all: the first sibling computes its log-probabilities, the others may share the prompt's KV.
        var others = request.Sampling with { PromptLogProbs = false };
        for (var i = 0; i < siblings.Length; i++) siblings[i] = SiblingAsync(Request(request, i, i == 0 ? request.Sampling : others), abort);
        var completions = await Task.WhenAll(siblings);
        return new RolloutResult(Id, startedAt, request.Sampling.PromptLogProbs ? await WithPromptAsync(completions, request, abort) : [.. completions]);
    }

    private static GenerationRequest Request(RolloutRequest request, int sibling, SamplingParams sampling) =>
        new(new RolloutId(request.Group, sibling), request.PromptTokenIds, sampling, request.SoFar.IsEmpty ? null : request.SoFar[sibling]);

    /// <summary>A sibling that an earlier try ended is answered as it is, an aborted one goes on, a failed one begins anew.</summary>
    private Task<Completion> SiblingAsync(GenerationRequest request, CancellationToken abort) => request.SoFar switch
    {
        { Finish: FinishReason.Stop or FinishReason.Length } whole => Task.FromResult(whole),
        { Finish: FinishReason.Failed } => GenerateOneAsync(request with { SoFar = null }, abort),
        _ => GenerateOneAsync(request, abort),
    };

    /// <summary>Gives all siblings the log-probabilities of their prompt.</summary>
    private async Task<ImmutableArray<Completion>> WithPromptAsync(Completion[] completions, RolloutRequest request, CancellationToken abort)
    {
        var prompt = completions[0].PromptLogProbs;
        var whole = Array.FindIndex(completions, c => c.Finish is FinishReason.Stop or FinishReason.Length);
        // Where the first sibling has failed alone, the prompt is scored by itself.
        if (whole > 0 && prompt.IsEmpty) prompt = (await GenerateOneAsync(Request(request, whole, request.Sampling) with { Score = true }, abort)).PromptLogProbs;
        return [.. completions.Select(c => c.Failure is null ? c with { PromptLogProbs = prompt } : c)];
    }

    private async Task<Completion> StreamAsync(GenerationRequest request, Action<GenerationRequest, int, GenerationDelta> tell, CancellationToken abort)
    {
        var position = request.SoFar?.TokenIds.Length ?? 0;
        await foreach (var delta in engine.StreamAsync(request, abort))
        {
            tell(request, position, delta);
            if (delta.Completion is { } completion) return completion;
            position += delta.TokenIds.Length;
        }

        throw new InvalidOperationException("the engine ended a stream without its terminal delta");
    }

    private async Task<Completion> GenerateOneAsync(GenerationRequest request, CancellationToken abort)
    {
        try
        {
            return OnDelta is null ? await engine.GenerateAsync(request, abort) : await StreamAsync(request, OnDelta, abort);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Completion.Failed(new RolloutFailure(FailureKind.Infrastructure, "generate", $"actor {Id}: {e.Message}", e.GetType().Name));
        }
    }
}
