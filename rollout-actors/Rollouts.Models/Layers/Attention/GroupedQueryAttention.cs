using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N query heads, K KV heads, H head size, D model width; N and K are this rank's.

/// <summary>Attention whose query heads share KV heads in groups; prompt and generated tokens take the same path.</summary>
/// <remarks>Ainslie et al. 2023, GQA, <see href="https://arxiv.org/abs/2305.13245"/>.</remarks>
internal sealed unsafe class GroupedQueryAttention : IAttention
{
    private readonly ParallelLinear _qkv;
    private readonly ParallelLinear _output;
    private readonly RotateAndStore _rotateAndStore;
    private readonly AttendAll _attend;

    private GroupedQueryAttention(ParallelLinear qkv, ParallelLinear output, RotateAndStore rotateAndStore, AttendAll attend) =>
        (_qkv, _output, _rotateAndStore, _attend) = (qkv, output, rotateAndStore, attend);

    public static GroupedQueryAttention Load(ModelSource source, string prefix, int layer)
    {
        var (config, weights) = (source.Config, AttentionWeights.Load(source, prefix));
        return new GroupedQueryAttention(
            new ParallelLinear(source.Products, weights.Qkv, weights.QkvBias), new ParallelLinear(source.Products, weights.Output, weights.OutputBias, source.Parallel),
            new RotateAndStore(weights.Heads, source.Rotary, Norm(weights.QueryNorm), Norm(weights.KeyNorm)), new AttendAll(weights.Heads, config.AttentionScale, config.Window(layer)));

        VectorNorm? Norm(WeightMatrix? weight) => weight is null ? null : new VectorNorm(weight, config.NormEpsilon);
    }

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, int layer, IWorkerTeam team)
    {
        _qkv.Forward(scratch.Normed, scratch.Query, plan.NumTokens);                 // [T, (N + 2K) H]
        _rotateAndStore.Run(scratch.Query, plan, kv.Layer(layer), team);
        _attend.Run(scratch.Query, scratch.Attended, plan, kv.Layer(layer), team);   // [T, N H]
        _output.Forward(scratch.Attended, scratch.Delta, plan.NumTokens);            // [T, D]
    }

    public void Dispose()
    {
        _qkv.Dispose();
        _output.Dispose();
    }
}
