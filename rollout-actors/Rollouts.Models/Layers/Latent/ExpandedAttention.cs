using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens of one sequence, C tokens of a chunk, N heads, P plain size, R rotary size, L latent size, V value size.

/// <summary>
/// Attention of many tokens of one sequence over expanded keys and values, a chunk of the sequence at a time: each chunk is expanded once for all of them,
/// and a token's attention goes on from chunk to chunk. Nothing expanded is kept.
/// </summary>
internal sealed unsafe class ExpandedAttention(LatentShape shape, int numHeads, LatentExpansion expansion, float scale) : IParallelWork, IDisposable
{
    private readonly ExpansionViews _views = new(expansion, shape, numHeads);
    private ForwardScratch? _scratch;
    private ExpandedChunk? _chunk;
    private StepPlan? _plan;
    private TokenRun _run;
    private int _first;
    private int _end;

    /// <summary>scratch.Query [T, N (P + R)] to scratch.Attended [T, N V], for a run of tokens.</summary>
    public void Run(ForwardScratch scratch, StepPlan plan, TokenRun run, in PagedLatent latents, IWorkerTeam team)
    {
        (_scratch, _chunk, _plan, _run) = (scratch, scratch.Latent!.Expanded, plan, run);
        var type = latents.Type;
        var states = _chunk.ReserveStates(run.Count);
        var length = plan.Positions[run.First + run.Count - 1] + 1;
        var blocks = plan.BlockTable(plan.SequenceOf[run.First]);
        for (_first = 0; _first < length; _first = _end)
        {
            _end = Math.Min(_first + ExpandedChunk.Tokens, length);
            _chunk.Expand(_views, latents, blocks, _first, _end - _first, team);
            team.Run(this, run.Count * numHeads);
        }

        for (var i = 0; i < run.Count * numHeads; i++)
            PagedAttention.Finish(states + i * _chunk.StateFloats, scratch.Attended.Row(run.First + i / numHeads) + i % numHeads * shape.ValueSize * type.Bytes(), type, 1, shape.ValueSize);
    }

    /// <summary>One token, one head, one chunk.</summary>
    void IParallelWork.Run(int item)
    {
        var (token, head) = (_run.First + item / numHeads, item % numHeads);
        var state = _chunk!.States + (long)item * _chunk.StateFloats;
        if (_first == 0) PagedAttention.Begin(state, 1, shape.ValueSize);
        var end = Math.Min(_end, _plan!.Positions[token] + 1);
        if (end <= _first) return;
        var query = _scratch!.Query.Row(token) + head * shape.KeySize * _chunk.Kv.Type.Bytes();
        var block = 0;
        PagedAttention.Continue(_chunk.Kv, head, 1, query, state, &block, new TokenRange(0, end - _first), scale);
    }

    public void Dispose() => _views.Dispose();
}
