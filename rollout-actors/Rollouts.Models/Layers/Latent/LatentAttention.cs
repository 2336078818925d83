using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, N this rank's heads, L latent size, R rotary size, P plain size, V value size.

/// <summary>
/// Multi-head latent attention: one compressed row a token stands for the keys and values of all heads. Decode steps attend to the rows themselves, with the
/// expansion absorbed into queries and outputs; long prompts expand them first, which costs less arithmetic the more queries share it.
/// </summary>
/// <remarks>DeepSeek-V2, <see href="https://arxiv.org/abs/2405.04434"/>, section 2.1; the same two ways: vllm/v1/attention/backends/mla/common.py.</remarks>
internal sealed class LatentAttention : IAttention
{
    private readonly LatentQuery _query;
    private readonly ParallelLinear _compress;
    private readonly CompressAndStore _store;
    private readonly AbsorbedAttention _absorbed;
    private readonly ExpandedAttention? _expanded;
    private readonly ParallelLinear _output;

    private LatentAttention(LatentQuery query, ParallelLinear compress, CompressAndStore store, AbsorbedAttention absorbed, ExpandedAttention? expanded, ParallelLinear output) =>
        (_query, _compress, _store, _absorbed, _expanded, _output) = (query, compress, store, absorbed, expanded, output);

    public static LatentAttention Load(ModelSource source, string prefix)
    {
        var (config, shape) = (source.Config, source.Config.Latent!);
        var heads = source.Parallel.Share(config.NumHeads);
        var expansion = LatentExpansion.Load(source, prefix + "kv_b_proj.weight", heads);
        var output = source.LoadColumns(prefix + "o_proj.weight", (config.HiddenSize, config.NumHeads * shape.ValueSize), (heads.First * shape.ValueSize, heads.Count * shape.ValueSize));
        return new LatentAttention(
            LatentQuery.Load(source, prefix, heads),
            source.LoadWhole(prefix + "kv_a_proj_with_mqa.weight", shape.LatentSize + shape.RotarySize, config.HiddenSize),
            new CompressAndStore(shape, heads.Count, source.Rotary, VectorNorm.Load(source, prefix + "kv_a_layernorm.weight", shape.LatentSize, LatentQuery.InnerEpsilon)),
            new AbsorbedAttention(source.Products, shape, heads.Count, expansion, config.AttentionScale),
            // Expanding sums in another order: where a token must not depend on its step, all take the other way.
            source.BatchInvariant ? null : new ExpandedAttention(shape, heads.Count, expansion, config.AttentionScale),
            new ParallelLinear(source.Products, output, null, source.Parallel));
    }

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, int layer, IWorkerTeam team)
    {
        var (latents, of) = (kv.Latents(layer), scratch.Latent!);
        _query.Forward(scratch.Normed, of.QueryLatent, scratch.Query, plan.NumTokens, team);   // [T, N (P + R)]
        _compress.Forward(scratch.Normed, of.Compressed, plan.NumTokens);                      // [T, L + R]
        _store.Run(scratch.Query, of.Compressed, plan, latents, team);
        for (var first = 0; first < plan.NumTokens;)                                           // [T, N V]
        {
            var run = TokenRun.At(plan, first, _expanded is not null);
            if (run.IsLong) _expanded!.Run(scratch, plan, run, latents, team);
            else _absorbed.Run(scratch, plan, run, latents, team);
            first += run.Count;
        }

        _output.Forward(scratch.Attended, scratch.Delta, plan.NumTokens);                      // [T, D]
    }

    public void Dispose()
    {
        _query.Dispose();
        _compress.Dispose();
        _expanded?.Dispose();
        _output.Dispose();
    }
}
