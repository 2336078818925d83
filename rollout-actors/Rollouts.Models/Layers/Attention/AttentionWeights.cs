namespace Rollouts.Models;

// Shapes: N query heads, K KV heads, H head size, D model width; N and K are this rank's.

/// <summary>The weights of grouped-query attention, on whatever device their source loads to.</summary>
/// <param name="Heads">Which heads they are of.</param>
/// <param name="Qkv">[(N + 2K) H, D]</param>
/// <param name="QkvBias">[(N + 2K) H], or null.</param>
/// <param name="Output">[D, N H]</param>
/// <param name="OutputBias">[D], or null.</param>
/// <param name="QueryNorm">[H], or null.</param>
/// <param name="KeyNorm">[H], or null.</param>
internal sealed record AttentionWeights(HeadLayout Heads, WeightMatrix Qkv, WeightMatrix? QkvBias, WeightMatrix Output, WeightMatrix? OutputBias, WeightMatrix? QueryNorm, WeightMatrix? KeyNorm)
{
    public static AttentionWeights Load(ModelSource source, string prefix)
    {
        var config = source.Config;
        var heads = HeadLayout.Of(config, source.Parallel);
        var (qkv, qkvBias) = LoadQkv(source, prefix, heads);
        var output = source.LoadColumns(prefix + "o_proj.weight", (config.HiddenSize, config.NumHeads * config.HeadSize), heads.Rows.Query);
        WeightMatrix? outputBias = null;
        // Each rank's partial sum is reduced, so only one of them adds the bias.
        if (config.OutputBias && source.Parallel.Rank == 0)
        {
            outputBias = source.NewMatrix(config.HiddenSize, 1);
            outputBias.LoadVector(source, prefix + "o_proj.bias", (0, config.HiddenSize), 0);
        }

        return new AttentionWeights(heads, qkv, qkvBias, output, outputBias, LoadNorm("q_norm.weight"), LoadNorm("k_norm.weight"));

        WeightMatrix? LoadNorm(string name) => config.QkNorm ? source.LoadVector(prefix + name, heads.Size) : null;
    }

    private static (WeightMatrix Weight, WeightMatrix? Bias) LoadQkv(ModelSource source, string prefix, HeadLayout heads)
    {
        var config = source.Config;
        var ((query, kv), (queryRows, kvRows)) = (heads.Rows, (config.NumHeads * config.HeadSize, config.NumKvHeads * config.HeadSize));
        var weight = source.NewMatrix(heads.QkvWidth, config.HiddenSize);
        weight.Load(source, prefix + "q_proj.weight", (queryRows, config.HiddenSize), query, 0, 0);
        weight.Load(source, prefix + "k_proj.weight", (kvRows, config.HiddenSize), kv, 0, heads.KeyOffset);
        weight.Load(source, prefix + "v_proj.weight", (kvRows, config.HiddenSize), kv, 0, heads.ValueOffset);
        if (!config.QkvBias) return (weight, null);
        var bias = source.NewMatrix(heads.QkvWidth, 1);
        bias.LoadVector(source, prefix + "q_proj.bias", query, 0, queryRows);
        bias.LoadVector(source, prefix + "k_proj.bias", kv, heads.KeyOffset, kvRows);
        bias.LoadVector(source, prefix + "v_proj.bias", kv, heads.ValueOffset, kvRows);
        return (weight, bias);
    }
}
