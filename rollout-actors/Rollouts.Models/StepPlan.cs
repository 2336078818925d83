using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// One forward pass, described in buffers that are allocated once: which tokens, where they stand, where their KV goes, and which rows give logits.
/// The same plan can drive a captured graph. Shapes: T tokens, S sequences, R rows with logits.
/// </summary>
public sealed unsafe class StepPlan : IDisposable
{
    private readonly NativeBuffer _blockTables;

    /// <param name="maxTokens">T at most.</param>
    /// <param name="maxSequences">S at most.</param>
    /// <param name="maxBlocks">Blocks of one sequence at most.</param>
    /// <param name="maxRows">R at most.</param>
    public StepPlan(int maxTokens, int maxSequences, int maxBlocks, int maxRows)
    {
        TokenIds = new int[maxTokens];
        Positions = new int[maxTokens];
        Slots = new int[maxTokens];
        SequenceOf = new int[maxTokens];
        LogitRows = new int[maxRows];
        MaxBlocks = maxBlocks;
        _blockTables = new NativeBuffer((long)maxSequences * maxBlocks * sizeof(int));
    }

    /// <summary>[T]</summary>
    public int[] TokenIds { get; }

    /// <summary>[T] position of each token in its sequence.</summary>
    public int[] Positions { get; }

    /// <summary>[T] where each token's KV goes: block * block size + offset.</summary>
    public int[] Slots { get; }

    /// <summary>[T] which block table each token reads.</summary>
    public int[] SequenceOf { get; }

    /// <summary>[R] tokens whose logits are wanted.</summary>
    public int[] LogitRows { get; }

    /// <summary>Blocks of one table.</summary>
    public int MaxBlocks { get; }

    /// <summary>T.</summary>
    public int NumTokens { get; set; }

    /// <summary>R.</summary>
    public int NumLogitRows { get; set; }

    /// <summary>[S, blocks]</summary>
    public int* BlockTable(int sequence) => (int*)_blockTables.Address + (long)sequence * MaxBlocks;

    /// <inheritdoc/>
    public void Dispose() => _blockTables.Dispose();
}
