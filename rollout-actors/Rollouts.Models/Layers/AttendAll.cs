using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Paged attention over every token and KV head of a step.</summary>
internal sealed unsafe class AttendAll(HeadLayout heads) : IParallelWork
{
    private readonly float _scale = 1 / MathF.Sqrt(heads.Size);
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
            _plan!.BlockTable(_plan.SequenceOf[token]), _plan.Positions[token] + 1, _scale);
    }
}
