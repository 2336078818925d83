using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Makes an engine from a Hugging Face folder.</summary>
public static class EngineLoader
{
    /// <summary>Loads the weights, reserves the KV, starts the loop.</summary>
    /// <exception cref="ModelFormatException">The folder, or memory that does not suffice.</exception>
    public static Engine Load(string folder, ElementType type, EngineOptions options, ITokenizer tokenizer)
    {
        var config = ModelConfigReader.Read(folder);
        if (tokenizer.VocabularySize > config.VocabularySize)
            throw new ModelFormatException($"{folder}: the tokenizer has {tokenizer.VocabularySize} tokens, config.json's vocab_size is {config.VocabularySize}; they are of different models");
        if (EngineFit.Faults(config, options).ToArray() is { Length: > 0 } faults) throw new ModelFormatException($"{folder}: {string.Join("; ", faults)}");
        if (options.Device.IsGpu) return DeviceEngineLoader.Load(folder, config, type, options, tokenizer);
        LibTorch.SetThreads(options.Threads);
        var (model, team) = LoadModel(folder, config, type, options);
        var blocks = NumBlocks(config, model.KvBlockBytes(options.BlockSize), options.KvBytes, options);
        model.ReserveKv(options.BlockSize, blocks);
        if (options.Deterministic) DeterminismCheck.Run(model, blocks, options, folder);
        var runner = new ModelRunner(model, options, config.MaxLength, config.EosTokenIds, team);
        return new Engine(runner, tokenizer, config, blocks, options, options.ReturnRoutedExperts ? new RoutingReader(model, options.BlockSize) : null);
    }

    /// <summary>The model and the threads that its steps run on: libtorch's own, or one of ours a rank.</summary>
    internal static (ILanguageModel Model, IWorkerTeam Team) LoadModel(string folder, ModelConfig config, ElementType type, EngineOptions options)
    {
        IWorkerTeam team = options.Parallel.NumRanks > 1 ? new WorkerTeam(options.Parallel.NumRanks) : new OpenMpTeam(options.Threads);
        var model = ModelRegistry.Load(folder, config, new ModelOptions(type, Positions(config, type, options), options.MaxBatchedTokens, options.MaxRunning + options.MaxScoredRows)
        {
            Parallel = options.Parallel,
            Threads = options.Threads,
            BatchInvariant = options.Deterministic,
            KeepsRoutedExperts = options.ReturnRoutedExperts,
        }, team);
        return (model, team);
    }

    /// <summary>Positions that can be reached: no more than the KV holds, unless what lies behind a window is given back.</summary>
    private static int Positions(ModelConfig config, ElementType type, EngineOptions options) => config.LargestWindow > 0
        ? config.MaxLength
        : (int)Math.Min(config.MaxLength, options.KvBytes / KvMemory.BlockBytes(config, options.Parallel, type, options.BlockSize) * options.BlockSize + options.BlockSize);

    /// <summary>Blocks that the memory gives, no more than all sequences can use.</summary>
    internal static int NumBlocks(ModelConfig config, long blockBytes, long bytes, EngineOptions options)
    {
        var useful = (long)options.MaxRunning * ((config.MaxLength + options.BlockSize - 1) / options.BlockSize) * 2;
        var blocks = (int)Math.Min(Math.Min(useful, int.MaxValue / options.BlockSize), bytes / blockBytes);
        return blocks > 1 ? blocks : throw new ModelFormatException($"engine.kv_memory: {bytes} bytes hold {blocks} blocks of {blockBytes} bytes; raise it to {blockBytes * 64} or more");
    }
}
