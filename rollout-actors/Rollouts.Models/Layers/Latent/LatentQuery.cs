using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Queries of latent attention: straight from the stream, or compressed, normalised and expanded.</summary>
internal sealed class LatentQuery(ParallelLinear? compress, VectorNorm? norm, ParallelLinear expand) : IParallelWork, IDisposable
{
    /// <summary>The norms inside of latent attention keep their default, whatever rms_norm_eps is (transformers: modeling_deepseek_v3.py).</summary>
    public const float InnerEpsilon = 1e-6f;

    private Activations? _latent;

    public static LatentQuery Load(ModelSource source, string prefix, (int First, int Count) heads)
    {
        var (config, shape) = (source.Config, source.Config.Latent!);
        var rows = (heads.First * shape.KeySize, heads.Count * shape.KeySize);
        var all = config.NumHeads * shape.KeySize;
        if (shape.QueryRank == 0) return new LatentQuery(null, null, source.LoadRows(prefix + "q_proj.weight", (all, config.HiddenSize), rows));
        return new LatentQuery(
            source.LoadWhole(prefix + "q_a_proj.weight", shape.QueryRank, config.HiddenSize),
            VectorNorm.Load(source, prefix + "q_a_layernorm.weight", shape.QueryRank, InnerEpsilon),
            source.LoadRows(prefix + "q_b_proj.weight", (all, shape.QueryRank), rows));
    }

    /// <summary>[T, D] to [T, N (P + R)].</summary>
    public void Forward(Activations input, Activations? latent, Activations query, int rows, IWorkerTeam team)
    {
        if (compress is not null)
        {
            compress.Forward(input, latent!, rows);
            _latent = latent;
            team.Run(this, rows);
        }

        expand.Forward(latent ?? input, query, rows);
    }

    void IParallelWork.Run(int row) => norm!.Apply(_latent!.Row(row), _latent.Type);

    public void Dispose()
    {
        compress?.Dispose();
        expand.Dispose();
    }
}
