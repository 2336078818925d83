using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Whether a model can do what an engine's options ask.</summary>
public static class EngineFit
{
    /// <summary>What it cannot, each with the setting to change; empty where it can do all.</summary>
    public static IEnumerable<string> Faults(ModelConfig config, EngineOptions options)
    {
        foreach (var fault in ParallelFit.Faults(config, options.Parallel)) yield return fault;
        if (options.ReturnRoutedExperts && config.Mixture is null) yield return $"engine.return_routed_experts: a {config.ModelType} model has no experts";
    }
}
