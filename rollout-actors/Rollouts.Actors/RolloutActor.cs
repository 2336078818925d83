namespace Rollouts.Actors;

/// <summary>An engine with a name that takes whole groups: siblings share their prompt's KV, so a group never leaves its actor.</summary>
/// <param name="id">The actor's name.</param>
/// <param name="engine">Borrowed; its owner disposes it.</param>
/// <param name="time">The clock.</param>
public sealed class RolloutActor(ActorId id, IGenerationEngine engine, TimeProvider time)
{
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
        for (var i = 0; i < siblings.Length; i++) siblings[i] = GenerateOneAsync(new RolloutId(request.Group, i), request, abort);
        return new RolloutResult(Id, startedAt, [.. await Task.WhenAll(siblings)]);
    }

    private async Task<Completion> GenerateOneAsync(RolloutId rollout, RolloutRequest request, CancellationToken abort)
    {
        try
        {
            return await engine.GenerateAsync(new GenerationRequest(rollout, request.PromptTokenIds, request.Sampling), abort);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Completion.Failed(new RolloutFailure(FailureKind.Infrastructure, "generate", $"actor {Id}: {e.Message}", e.GetType().Name));
        }
    }
}
