using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Normalises (where the family does) and rotates queries and keys of every token and stores its keys and values in the cache.
/// All tokens of a step are stored before any attends.
/// </summary>
internal sealed unsafe class RotateAndStore(HeadLayout heads, RotaryTable rotary, VectorNorm? queryNorm, VectorNorm? keyNorm) : IParallelWork
{
    private Activations? _qkv;
    private StepPlan? _plan;
    private PagedKv _kv;

    public void Run(Activations qkv, StepPlan plan, in PagedKv kv, IWorkerTeam team)
    {
        (_qkv, _plan, _kv) = (qkv, plan, kv);
        team.Run(this, plan.NumTokens);
    }

    void IParallelWork.Run(int token)
    {
        var type = _qkv!.Type;
        var headBytes = heads.Size * type.Bytes();
        var row = _qkv.Row(token);
        var cosines = rotary.Cosines(_plan!.Positions[token]);
        var sines = rotary.Sines(_plan.Positions[token]);
        for (var h = 0; h < heads.NumQuery + heads.NumKv; h++)
        {
            (h < heads.NumQuery ? queryNorm : keyNorm)?.Apply(row + h * headBytes, type);
            Rotary.Rotate(row + h * headBytes, type, cosines, sines, heads.Size);
        }

        var (keys, values) = (row + heads.KeyOffset * type.Bytes(), row + heads.ValueOffset * type.Bytes());
        for (var h = 0; h < heads.NumKv; h++) _kv.Store(_plan.Slots[token], h, keys + h * headBytes, values + h * headBytes);
    }
}
