using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Engines on a GPU over a model of a given shape whose random weights are made there: for measuring, no checkpoint is needed.</summary>
/// <param name="config">The shape.</param>
/// <param name="type">What it is held in.</param>
/// <param name="engine">Device and mode.</param>
public sealed class DeviceBenchmark(ModelConfig config, ElementType type, EngineOptions engine)
{
    private readonly EngineOptions _engine = engine with { PipelineDepth = 1 };

    /// <summary>A whole engine.</summary>
    public Engine Start(int maxRunning, int maxBatchedTokens)
    {
        var options = _engine with { MaxRunning = maxRunning, MaxBatchedTokens = maxBatchedTokens, KvShare = 0.9 };
        var made = Load(options);
        return new Engine(made.Runner, new NoTokenizer(config.VocabularySize), config, made.NumBlocks, options);
    }

    /// <summary>Sequences at their first decode step, and what measures the device's part of a step alone.</summary>
    public (DecodeBenchmark Steps, DeviceStepTimer Timer) StartDecoding(int batch, int context, int steps, SamplingParams sampling)
    {
        var options = _engine with { MaxRunning = batch, MaxBatchedTokens = Math.Max(batch, 4096), MaxScoredRows = 4 };
        options = options with { KvBytes = DecodeBenchmark.Blocks(batch, context, steps, options.BlockSize) * KvMemory.BlockBytes(config, options.Parallel, type, options.BlockSize) };
        var made = Load(options);
        return (new DecodeBenchmark((made.Runner, made.NumBlocks), config, batch, context, steps, sampling, options), new DeviceStepTimer(made, batch));
    }

    private MadeRunner Load(EngineOptions options) => DeviceEngineLoader.Load(DeviceModelMaker.Random(config), type, options, DeviceEngineLoader.Open(options), ownsDevices: true);
}
