using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>What happens to rows on their way to the experts, between their two matrices, and back to their tokens.</summary>
internal sealed class ExpertRows
{
    private readonly Gathering _gathering = new();
    private readonly Gating _gating = new();
    private readonly Combining _combining = new();

    /// <summary>Each row is its token's; padding is left as it was.</summary>
    public void Gather(Activations tokens, MixtureScratch of, IWorkerTeam team)
    {
        (_gathering.Tokens, _gathering.Of) = (tokens, of);
        team.Run(_gathering, of.Plan.NumRows);
    }

    /// <summary>silu(gate) * up, row by row.</summary>
    public void Gate(MixtureScratch of, IWorkerTeam team)
    {
        _gating.Of = of;
        team.Run(_gating, of.Plan.NumRows);
    }

    /// <summary>The weighted sum of each token's rows.</summary>
    /// <param name="add">Whether it is added to what stands in the output.</param>
    public void Combine(MixtureScratch of, Activations output, int tokens, bool add, IWorkerTeam team)
    {
        (_combining.Of, _combining.Output, _combining.Add) = (of, output, add);
        team.Run(_combining, tokens);
    }

    private sealed unsafe class Gathering : IParallelWork
    {
        public Activations? Tokens { get; set; }

        public MixtureScratch? Of { get; set; }

        void IParallelWork.Run(int row)
        {
            var bytes = Tokens!.Width * Tokens.Type.Bytes();
            if (Of!.Plan.TokenOf(row) is >= 0 and var token) Buffer.MemoryCopy((void*)Tokens.Row(token), (void*)Of.Rows.Row(row), bytes, bytes);
        }
    }

    private sealed class Gating : IParallelWork
    {
        public MixtureScratch? Of { get; set; }

        void IParallelWork.Run(int row)
        {
            var gated = Of!.Gated;
            if (Of.Plan.TokenOf(row) >= 0) SiluMul.Run(gated.GateUp.Row(row), gated.Gated.Row(row), gated.Gated.Type, gated.Gated.Width);
        }
    }

    private sealed class Combining : IParallelWork
    {
        public MixtureScratch? Of { get; set; }

        public Activations? Output { get; set; }

        public bool Add { get; set; }

        void IParallelWork.Run(int token) => ExpertCombine.Run(Of!.Plan, token, Of.Outputs.Row(0), Output!.Row(token), Output.Type, Output.Width, Add);
    }
}
