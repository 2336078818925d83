namespace Rollouts;

/// <summary>Turns prompts into completions, many at a time. Safe to call from any thread.</summary>
/// <remarks>Invariant: every request ends exactly once, whatever happens to it: as stop, length, aborted or failed.</remarks>
public interface IGenerationEngine : IAsyncDisposable
{
    /// <summary>What it can take.</summary>
    EngineCapacity Capacity { get; }

    /// <summary>What it does now.</summary>
    EngineLoad Load { get; }

    /// <summary>The policy under which tokens are launched now.</summary>
    PolicyVersion Version { get; }

    /// <summary>Generates one completion. Cancelling the token aborts it: the task then gives the completion so far, it does not throw.</summary>
    Task<Completion> GenerateAsync(GenerationRequest request, CancellationToken abort);

    /// <summary>The same, as it comes. At most one delta is open a sequence, merged until it is read: a slow reader never stops the engine.</summary>
    IAsyncEnumerable<GenerationDelta> StreamAsync(GenerationRequest request, CancellationToken abort);

    /// <summary>Stops between two steps; done when the mode's promise holds.</summary>
    Task PauseAsync(PauseMode mode, CancellationToken cancellationToken);

    /// <summary>Goes on after a pause.</summary>
    Task ResumeAsync(CancellationToken cancellationToken);
}
