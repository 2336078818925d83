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
        var config = source.Config;
        var heads = HeadLayout.Of(config, source.Parallel);
        var (queryNorm, keyNorm) = config.QkNorm
            ? (VectorNorm.Load(source, prefix + "q_norm.weight", heads.Size, config.NormEpsilon), VectorNorm.Load(source, prefix + "k_norm.weight", heads.Size, config.NormEpsilon))
            : (null, null);
        return new GroupedQueryAttention(
            LoadQkv(source, prefix, heads), LoadOutput(source, prefix, heads),
            new RotateAndStore(heads, source.Rotary, queryNorm, keyNorm), new AttendAll(heads, config.AttentionScale, config.Window(layer)));
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

    private static ParallelLinear LoadQkv(ModelSource source, string prefix, HeadLayout heads)
    {
        var config = source.Config;
        var ((query, kv), (queryRows, kvRows)) = (heads.Rows, (config.NumHeads * config.HeadSize, config.NumKvHeads * config.HeadSize));
        var weight = source.NewMatrix(heads.QkvWidth, config.HiddenSize);
        weight.Load(source, prefix + "q_proj.weight", (queryRows, config.HiddenSize), query, 0, 0);
        weight.Load(source, prefix + "k_proj.weight", (kvRows, config.HiddenSize), kv, 0, heads.KeyOffset);
        weight.Load(source, prefix + "v_proj.weight", (kvRows, config.HiddenSize), kv, 0, heads.ValueOffset);
        if (!config.QkvBias) return new ParallelLinear(source.Products, weight, null);
        var bias = source.NewMatrix(heads.QkvWidth, 1);
        bias.LoadVector(source.Checkpoint, prefix + "q_proj.bias", query, 0, queryRows);
        bias.LoadVector(source.Checkpoint, prefix + "k_proj.bias", kv, heads.KeyOffset, kvRows);
        bias.LoadVector(source.Checkpoint, prefix + "v_proj.bias", kv, heads.ValueOffset, kvRows);
        return new ParallelLinear(source.Products, weight, bias);
    }

    private static ParallelLinear LoadOutput(ModelSource source, string prefix, HeadLayout heads)
    {
        var config = source.Config;
        var weight = source.LoadColumns(prefix + "o_proj.weight", (config.HiddenSize, config.NumHeads * config.HeadSize), heads.Rows.Query);
        WeightMatrix? bias = null;
        // Each rank's partial sum is reduced, so only one of them adds the bias.
        if (config.OutputBias && source.Parallel.Rank == 0)
        {
            bias = source.NewMatrix(config.HiddenSize, 1);
            bias.LoadVector(source.Checkpoint, prefix + "o_proj.bias", (0, config.HiddenSize), 0);
        }

        return new ParallelLinear(source.Products, weight, bias, source.Parallel);
    }
}
