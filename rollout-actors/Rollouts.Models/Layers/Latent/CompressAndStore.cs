using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Normalises each token's latent, rotates its key and the queries of all heads, and stores the compressed row in the cache.</summary>
internal sealed unsafe class CompressAndStore(LatentShape shape, int numHeads, RotaryTable rotary, VectorNorm norm) : IParallelWork
{
    private Activations? _query;
    private Activations? _compressed;
    private StepPlan? _plan;
    private PagedLatent _latents;

    public void Run(Activations query, Activations compressed, StepPlan plan, in PagedLatent latents, IWorkerTeam team)
    {
        (_query, _compressed, _plan, _latents) = (query, compressed, plan, latents);
        team.Run(this, plan.NumTokens);
    }

    void IParallelWork.Run(int token)
    {
        var (type, position, row) = (_compressed!.Type, _plan!.Positions[token], _compressed.Row(token));
        norm.Apply(row, type);
        Rotate(row + shape.LatentSize * type.Bytes(), type, position);
        for (var h = 0; h < numHeads; h++) Rotate(_query!.Row(token) + (h * shape.KeySize + shape.PlainSize) * type.Bytes(), type, position);
        var bytes = _latents.Width * type.Bytes();
        Buffer.MemoryCopy((void*)row, (void*)_latents.Row(_plan.Slots[token]), bytes, bytes);
    }

    private void Rotate(nint head, ElementType type, int position)
    {
        if (shape.PairsInterleaved) Rotary.RotatePairs(head, type, rotary.Cosines(position), rotary.Sines(position), shape.RotarySize);
        else Rotary.Rotate(head, type, rotary.Cosines(position), rotary.Sines(position), shape.RotarySize);
    }
}
