using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N query heads, K KV heads, H head size, D model width; N and K are this rank's.

/// <summary>Attention whose query heads share KV heads in groups; prompt and generated tokens take the same path.</summary>
/// <remarks>Ainslie et al. 2023, GQA, <see href="https://arxiv.org/abs/2305.13245"/>.</remarks>
internal sealed unsafe class GroupedQueryAttention : IDisposable
{
    private readonly ParallelLinear _qkv;
    private readonly ParallelLinear _output;
    private readonly RotateAndStore _rotateAndStore;
    private readonly AttendAll _attend;

    private GroupedQueryAttention(ParallelLinear qkv, ParallelLinear output, HeadLayout heads, RotaryTable rotary)
    {
        (_qkv, _output) = (qkv, output);
        _rotateAndStore = new RotateAndStore(heads, rotary);
        _attend = new AttendAll(heads);
    }

    public static GroupedQueryAttention Load(ModelSource source, string prefix, RotaryTable rotary)
    {
        var (from, config, parallel) = (source.Checkpoint, source.Config, source.Parallel);
        var heads = HeadLayout.Of(config, parallel);
        var (query, kv) = ((heads.FirstQuery * heads.Size, heads.NumQuery * heads.Size), (heads.FirstKv * heads.Size, heads.NumKv * heads.Size));
        var (queryRows, kvRows) = (config.NumHeads * config.HeadSize, config.NumKvHeads * config.HeadSize);
        var weight = source.NewMatrix(heads.QkvWidth, config.HiddenSize);
        weight.Load(from, prefix + "q_proj.weight", (queryRows, config.HiddenSize), query, 0, 0);
        weight.Load(from, prefix + "k_proj.weight", (kvRows, config.HiddenSize), kv, 0, query.Item2);
        weight.Load(from, prefix + "v_proj.weight", (kvRows, config.HiddenSize), kv, 0, query.Item2 + kv.Item2);
        WeightMatrix? bias = null, outputBias = null;
        if (config.AttentionBias)
        {
            bias = source.NewMatrix(heads.QkvWidth, 1);
            bias.LoadVector(from, prefix + "q_proj.bias", query, 0, queryRows);
            bias.LoadVector(from, prefix + "k_proj.bias", kv, query.Item2, kvRows);
            bias.LoadVector(from, prefix + "v_proj.bias", kv, query.Item2 + kv.Item2, kvRows);
        }

        // Each rank's partial sum is reduced, so only one of them adds the bias.
        if (config.AttentionBias && parallel.Rank == 0)
        {
            outputBias = source.NewMatrix(config.HiddenSize, 1);
            outputBias.LoadVector(from, prefix + "o_proj.bias", (0, config.HiddenSize), 0);
        }

        var output = source.NewMatrix(config.HiddenSize, query.Item2);
        output.Load(from, prefix + "o_proj.weight", (config.HiddenSize, queryRows), (0, config.HiddenSize), query.Item1, 0);
        return new GroupedQueryAttention(new ParallelLinear(source.Products, weight, bias), new ParallelLinear(source.Products, output, outputBias, parallel), heads, rotary);
    }

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, in PagedKv kv, IWorkerTeam team)
    {
        _qkv.Forward(scratch.Normed, scratch.Qkv, plan.NumTokens);          // [T, (N + 2K) H]
        _rotateAndStore.Run(scratch.Qkv, plan, kv, team);
        _attend.Run(scratch.Qkv, scratch.Attended, plan, kv, team);         // [T, N H]
        _output.Forward(scratch.Attended, scratch.Delta, plan.NumTokens);   // [T, D]
    }

    public void Dispose()
    {
        _qkv.Dispose();
        _output.Dispose();
    }
}
