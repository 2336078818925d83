using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>How an engine packs sequences into steps.</summary>
public sealed record EngineOptions
{
    /// <summary>Sequences in one step. Default 64.</summary>
    public int MaxRunning { get; init; } = 64;

    /// <summary>Tokens in one step, prompt and generated together. Default 2048.</summary>
    public int MaxBatchedTokens { get; init; } = 2048;

    /// <summary>Tokens in a KV block. Default 16.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Where it runs. Default: on the processor.</summary>
    public DevicePlacement Device { get; init; }

    /// <summary>Memory for keys and values. Default 512 MiB.</summary>
    public long KvBytes { get; init; } = 512L << 20;

    /// <summary>On a GPU: the part of what is free, once the weights are loaded and the largest step has run, that keys and values take in the place of <see cref="KvBytes"/>; 0 for none. Default 0.</summary>
    public double KvShare { get; init; }

    /// <summary>Whether sequences share the KV of equal beginnings. Default true.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Refuse to start unless a token's logits depend, bit for bit, on the tokens before it alone. Default false.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Steps launched before the oldest is committed: 0 on a CPU, 1 hides the host behind a GPU. Results are the same. Default 0.</summary>
    public int PipelineDepth { get; init; }

    /// <summary>Rows with logits in one step where prompts are scored. Default 256.</summary>
    public int MaxScoredRows { get; init; } = 256;

    /// <summary>How the model is spread over ranks, which share the threads. Default: one rank.</summary>
    public ParallelPlan Parallel { get; init; } = new();

    /// <summary>How ranks on GPUs sum. Default: as is best where they stand.</summary>
    public DeviceCollectives Collectives { get; init; }

    /// <summary>Whether each token's experts are returned with a completion. Default false.</summary>
    public bool ReturnRoutedExperts { get; init; }

    /// <summary>Threads. Default: one a processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
