namespace Rollouts.Engine;

/// <summary>A sequence's part in a step.</summary>
/// <param name="Sequence">Which.</param>
/// <param name="Start">Its first token in the step.</param>
/// <param name="Count">Its tokens in the step.</param>
/// <param name="Draws">Whether the step computes its last known token, so that the next is drawn.</param>
/// <param name="Position">Which completion token that is.</param>
internal readonly record struct StepItem(Sequence Sequence, int Start, int Count, bool Draws, int Position);

/// <summary>A step: what is in it and, once the runner is done with it, what was drawn.</summary>
internal sealed class StepTicket(int maxSequences)
{
    /// <summary>The parts.</summary>
    public List<StepItem> Items { get; } = new(maxSequences);

    /// <summary>[items] drawn tokens, where the item draws.</summary>
    public int[] Tokens { get; } = new int[maxSequences];

    /// <summary>[items] their log-probabilities.</summary>
    public float[] LogProbs { get; } = new float[maxSequences];

    /// <summary>Tokens of the step.</summary>
    public int NumTokens { get; set; }

    /// <summary>Rows of scored prompts.</summary>
    public int NumScoredRows { get; set; }

    /// <summary>The policy that computed it.</summary>
    public PolicyVersion Version { get; set; }

    /// <summary>Empties it for the next step.</summary>
    public void Clear()
    {
        Items.Clear();
        (NumTokens, NumScoredRows) = (0, 0);
    }
}
