using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, E experts, D model width, I this rank's part of an expert's width; rows are ordered by expert.

/// <summary>The activations of routed experts.</summary>
internal sealed class MixtureScratch : IDisposable
{
    public MixtureScratch(ModelConfig config, MixtureShape shape, ModelOptions options, ParallelContext parallel)
    {
        var (first, count) = parallel.ShareExperts(shape.Router.NumExperts);
        Plan = new ExpertPlan(options.MaxTokens, shape.Router.NumChosen, first, count);
        RouterLogits = new Activations(options.MaxTokens, shape.Router.NumExperts, ElementType.Float32);
        Rows = new Activations(Plan.MaxRows, config.HiddenSize, options.Type);
        Gated = GatedScratch.Of(Plan.MaxRows, parallel.ShareExpertWidth(shape.IntermediateSize).Count, options.Type);
        Outputs = new Activations(Plan.MaxRows, config.HiddenSize, options.Type);
    }

    /// <summary>Which rows go to which expert.</summary>
    public ExpertPlan Plan { get; }

    /// <summary>[T, E] float</summary>
    public Activations RouterLogits { get; }

    /// <summary>[rows, D]</summary>
    public Activations Rows { get; }

    /// <summary>[rows, 2I] and [rows, I]</summary>
    public GatedScratch Gated { get; }

    /// <summary>[rows, D]</summary>
    public Activations Outputs { get; }

    public void Dispose()
    {
        Plan.Dispose();
        RouterLogits.Dispose();
        Rows.Dispose();
        Gated.Dispose();
        Outputs.Dispose();
    }
}
