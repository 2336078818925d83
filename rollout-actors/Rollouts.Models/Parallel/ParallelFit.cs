namespace Rollouts.Models;

/// <summary>Whether a model can be spread as a plan says.</summary>
public static class ParallelFit
{
    /// <exception cref="ModelFormatException">It cannot; both numbers are named.</exception>
    public static void Require(string folder, ModelConfig config, ParallelPlan plan)
    {
        if (Faults(config, plan).ToArray() is { Length: > 0 } faults) throw new ModelFormatException($"{folder}: {string.Join("; ", faults)}");
    }

    /// <summary>What does not fit, with both numbers; empty where all does.</summary>
    public static IEnumerable<string> Faults(ModelConfig config, ParallelPlan plan)
    {
        var (tp, ep) = (plan.TensorParallel, plan.ExpertParallel);
        if (config.NumHeads % tp != 0) yield return $"parallel.tp {tp} does not divide the {config.NumHeads} query heads";
        if (config.Latent is null && config.NumKvHeads % tp != 0 && tp % config.NumKvHeads != 0) yield return $"parallel.tp {tp} neither divides the {config.NumKvHeads} KV heads nor is a multiple of them";
        if (config.IntermediateSize % tp != 0) yield return $"parallel.tp {tp} does not divide the MLP's width {config.IntermediateSize}";
        if (config.VocabularySize < tp) yield return $"parallel.tp {tp} is more than the vocabulary's {config.VocabularySize} entries";
        if (ep > 1 && config.Mixture is null) yield return $"parallel.ep {ep}: a {config.ModelType} model has no experts";
        if (tp % ep != 0) yield return $"parallel.ep {ep} does not divide parallel.tp {tp}: experts are dealt to groups of the tensor-parallel ranks";
        else if (config.Mixture is { } mixture)
            foreach (var fault in Faults(mixture, tp, ep)) yield return fault;
    }

    private static IEnumerable<string> Faults(MixtureShape mixture, int tp, int ep)
    {
        if (mixture.Router.NumExperts % ep != 0) yield return $"parallel.ep {ep} does not divide the {mixture.Router.NumExperts} experts";
        if (mixture.IntermediateSize % (tp / ep) != 0) yield return $"parallel.tp {tp} / parallel.ep {ep} does not divide an expert's width {mixture.IntermediateSize}";
        if (mixture.SharedSize % tp != 0) yield return $"parallel.tp {tp} does not divide the shared experts' width {mixture.SharedSize}";
    }
}
