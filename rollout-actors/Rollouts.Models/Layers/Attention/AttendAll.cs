using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Paged attention over every token and KV head of a step.</summary>
/// <param name="window">Tokens that a token attends to; 0 for all.</param>
internal sealed unsafe class AttendAll(HeadLayout heads, float scale, int window) : IParallelWork
{
    private Activations? _qkv;
    private Activations? _output;
    private StepPlan? _plan;
    private PagedKv _kv;

    public void Run(Activations qkv, Activations output, StepPlan plan, in PagedKv kv, IWorkerTeam team)
    {
        (_qkv, _output, _plan, _kv) = (qkv, output, plan, kv);
        team.Run(this, plan.NumTokens * heads.NumKv);
    }

    void IParallelWork.Run(int item)
    {
        var (token, head) = (item / heads.NumKv, item % heads.NumKv);
        var offset = head * heads.Group * heads.Size * _qkv!.Type.Bytes();
        PagedAttention.Attend(
            _kv, head, heads.Group, _qkv.Row(token) + offset, _output!.Row(token) + offset,
            _plan!.BlockTable(_plan.SequenceOf[token]), TokenRange.Before(_plan.Positions[token], window), scale);
    }
}
