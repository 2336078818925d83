using System.Collections.Immutable;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A recipe's transport, open: actors in this process, or a job at a NATS server.</summary>
internal sealed class RunningTransport : IAsyncDisposable
{
    private readonly ImmutableArray<IGenerationEngine> _engines;
    private readonly NatsTransport? _remote;

    private RunningTransport(IRolloutTransport transport, int maxLength, ImmutableArray<IGenerationEngine> engines)
    {
        (Transport, MaxLength, _engines) = (transport, maxLength, engines);
        _remote = transport as NatsTransport;
    }

    /// <summary>The transport.</summary>
    public IRolloutTransport Transport { get; }

    /// <summary>Tokens of prompt and completion that every actor takes.</summary>
    public int MaxLength { get; }

    /// <summary>What the driver put aside; null in process.</summary>
    public TransportCounters? Counters => _remote?.Counters;

    /// <exception cref="IOException">The NATS server is not there, refuses, or the job is driven by another process.</exception>
    public static async Task<RunningTransport> OpenAsync(LoadedRecipe loaded, OutputSession session, ITokenizer tokenizer, TimeProvider time, CancellationToken cancellationToken)
    {
        if (loaded.Recipe.Transport.IsLocal) return Local(loaded, tokenizer, time);
        var transport = await NatsTransport.OpenAsync(JobOptions.Of(loaded, session), time, cancellationToken);
        return new RunningTransport(transport, EngineFactory.MaxLength(loaded), []);
    }

    /// <summary>A run that is whole ends its job.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => _remote?.EndAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        foreach (var engine in _engines) await engine.DisposeAsync();
    }

    private static RunningTransport Local(LoadedRecipe loaded, ITokenizer tokenizer, TimeProvider time)
    {
        var engines = EngineFactory.Create(loaded, tokenizer, time);
        var transport = new InProcessTransport([.. engines.Select(e => new RolloutActor(e.Id, e.Engine, time))], loaded.Recipe.Sampling.N);
        return new RunningTransport(transport, engines.Min(e => e.Engine.Capacity.MaxLength), [.. engines.Select(e => e.Engine)]);
    }
}
