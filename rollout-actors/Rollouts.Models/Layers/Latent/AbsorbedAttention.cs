using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N heads, P plain size, R rotary size, L latent size, V value size.

/// <summary>Attention over latents as they are: each head's query is multiplied by what would expand keys, its result by what would expand values.</summary>
internal sealed unsafe class AbsorbedAttention(MatrixProducts products, LatentShape shape, int numHeads, LatentExpansion expansion, float scale) : IParallelWork
{
    private readonly HeadProducts _absorbKeys = new(products, numHeads, expansion.Keys);
    private readonly HeadProducts _expandValues = new(products, numHeads, expansion.Values);
    private readonly int _groups = (numHeads + PagedLatentAttention.MaxHeads - 1) / PagedLatentAttention.MaxHeads;
    private readonly int _width = shape.LatentSize + shape.RotarySize;
    private ForwardScratch? _scratch;
    private StepPlan? _plan;
    private PagedLatent _latents;
    private int _first;

    /// <summary>scratch.Query [T, N (P + R)] to scratch.Attended [T, N V], for a run of tokens.</summary>
    public void Run(ForwardScratch scratch, StepPlan plan, TokenRun run, in PagedLatent latents, IWorkerTeam team)
    {
        var (absorbed, context) = (scratch.Latent!.Absorbed, scratch.Latent.Context);
        (_scratch, _plan, _latents, _first) = (scratch, plan, latents, run.First);
        _absorbKeys.Run(new HeadPart(scratch.Query, run.First, shape.KeySize), new HeadPart(absorbed, run.First, _width), run.Count, team);               // [T, N, L]
        team.Run(this, run.Count * _groups);                                                                                                             // [T, N, L]
        _expandValues.Run(new HeadPart(context, run.First, shape.LatentSize), new HeadPart(scratch.Attended, run.First, shape.ValueSize), run.Count, team);   // [T, N, V]
    }

    void IParallelWork.Run(int item)
    {
        var (token, firstHead) = (_first + item / _groups, item % _groups * PagedLatentAttention.MaxHeads);
        var (heads, type) = (Math.Min(PagedLatentAttention.MaxHeads, numHeads - firstHead), _latents.Type);
        var (absorbed, context) = (_scratch!.Latent!.Absorbed.Row(token) + firstHead * _width * type.Bytes(), _scratch.Latent.Context.Row(token) + firstHead * shape.LatentSize * type.Bytes());
        var query = _scratch.Query.Row(token) + firstHead * shape.KeySize * type.Bytes();
        // The rotary part of a query joins what has absorbed its plain part.
        var rotaryBytes = shape.RotarySize * type.Bytes();
        for (var h = 0; h < heads; h++)
            Buffer.MemoryCopy((void*)(query + (h * shape.KeySize + shape.PlainSize) * type.Bytes()), (void*)(absorbed + (h * _width + shape.LatentSize) * type.Bytes()), rotaryBytes, rotaryBytes);
        PagedLatentAttention.Attend(_latents, heads, absorbed, context, _plan!.BlockTable(_plan.SequenceOf[token]), _plan.Positions[token] + 1, scale);
    }
}
