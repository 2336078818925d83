using System.ComponentModel.DataAnnotations;

namespace Rollouts.Recipes;

/// <summary>A pool of actors.</summary>
public sealed record ActorSection
{
    /// <summary>Names the pool: <c>[A-Za-z0-9_-]{1,64}</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Actors in the pool. Default 1.</summary>
    [Range(1, 4096)] public int Replicas { get; init; } = 1;

    /// <summary>Where they run: cpu, cuda, cuda:1 or cuda:0,1, on which replicas take turns, each on as many as it has ranks. Default cpu.</summary>
    public DevicePlacement Device { get; init; }

    /// <summary>The pool's model, where it is not the recipe's; it must have the same tokenizer. Default: the recipe's.</summary>
    public ModelSection? Model { get; init; }

    /// <summary>How the model is spread over ranks.</summary>
    public ParallelSection Parallel { get; init; } = new();

    /// <summary>The engine.</summary>
    public EngineSection Engine { get; init; } = new();
}

/// <summary>How a model is spread over the ranks of one actor.</summary>
public sealed record ParallelSection
{
    /// <summary>Ranks that share each matrix; divides the query heads, and divides the KV heads or is a multiple of them. Default 1.</summary>
    [Range(1, 1024)] public int Tp { get; init; } = 1;

    /// <summary>Groups of those ranks that experts are dealt to; divides tp. Default 1.</summary>
    [Range(1, 1024)] public int Ep { get; init; } = 1;

    /// <summary>As the engine takes it.</summary>
    public ParallelPlan ToPlan() => new(Tp, ExpertParallel: Ep);
}

/// <summary>What generates.</summary>
public enum EngineKind
{
    /// <summary>The model.</summary>
    Model,

    /// <summary>No model: seeded tokens, lengths and failures at a given speed.</summary>
    Synthetic,
}

/// <summary>An actor's engine.</summary>
public sealed record EngineSection
{
    /// <summary>model or synthetic. Default model.</summary>
    public EngineKind Kind { get; init; }

    /// <summary>Sequences at once. Default 64.</summary>
    [Range(1, 1 << 20)] public int MaxRunning { get; init; } = 64;

    /// <summary>Tokens in one step, prompt and generated together. Default 2048.</summary>
    [Range(1, 1 << 20)] public int MaxBatchedTokens { get; init; } = 2048;

    /// <summary>Memory for keys and values: a size, a percentage of what is free on the device when the model is there, or auto: 512MiB on a processor, 90% on a GPU. Default auto.</summary>
    public KvBudget KvMemory { get; init; }

    /// <summary>Tokens in a KV block. Default 16.</summary>
    [Range(1, 1024)] public int BlockSize { get; init; } = 16;

    /// <summary>Whether prompts share the KV of equal beginnings. Default true.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>A token's logits depend, bit for bit, on the tokens before it alone. Default false.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Whether each token's experts are kept, for routing replay in trainers: a column of the output. Default false.</summary>
    public bool ReturnRoutedExperts { get; init; }

    /// <summary>Synthetic: speed of each sequence; 0 takes no time. Default 2000.</summary>
    [Range(0.0, 1e9)] public double TokensPerSecond { get; init; } = 2000;

    /// <summary>Synthetic: median completion length. Default 64.</summary>
    [Range(1, 1 << 20)] public int MedianTokens { get; init; } = 64;

    /// <summary>Synthetic: 99th percentile of the lengths. Default 256.</summary>
    [Range(1, 1 << 20)] public int P99Tokens { get; init; } = 256;

    /// <summary>Synthetic: share of rollouts that fail. Default 0.</summary>
    [Range(0.0, 1.0)] public double FailureRate { get; init; }

    /// <summary>Synthetic: the id of a prompt that ends its actor's process, as a fault of a driver or kernel would. Default: none.</summary>
    public string? CrashOn { get; init; }
}
