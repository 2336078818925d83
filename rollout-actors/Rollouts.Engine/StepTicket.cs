namespace Rollouts.Engine;

/// <summary>A sequence's part in a step.</summary>
/// <param name="Sequence">Which.</param>
/// <param name="Start">Its first token in the step.</param>
/// <param name="Count">Its tokens in the step.</param>
/// <param name="NumScored">How many of them, from the first, give the log-probability of the prompt token after them.</param>
/// <param name="Draws">Whether the step computes its last known token, so that the next is drawn.</param>
/// <param name="Position">Which completion token that is.</param>
/// <param name="TopAt">Where the ticket keeps its likeliest tokens.</param>
internal readonly record struct StepItem(Sequence Sequence, int Start, int Count, int NumScored, bool Draws, int Position, int TopAt)
{
    /// <summary>Rows of logits that it needs: those that are scored, then the one that draws.</summary>
    public int NumRows => NumScored + (Draws ? 1 : 0);

    /// <summary>The token of the step, counted from <see cref="Start"/>, whose logits a row is.</summary>
    public int TokenOfRow(int row) => row < NumScored ? row : Count - 1;

    /// <summary>Likeliest tokens that are kept where it draws.</summary>
    public int TopK => Draws ? Sequence.Request.Sampling.LogProbs.TopK : 0;
}

/// <summary>A step: what is in it and, once the runner is done with it, what was drawn.</summary>
internal sealed class StepTicket(int maxSequences)
{
    /// <summary>The parts.</summary>
    public List<StepItem> Items { get; } = new(maxSequences);

    /// <summary>[items] drawn tokens, where the item draws.</summary>
    public int[] Tokens { get; } = new int[maxSequences];

    /// <summary>[items] their log-probabilities.</summary>
    public float[] LogProbs { get; } = new float[maxSequences];

    /// <summary>The likeliest tokens of the items that draw and ask for them, from <see cref="StepItem.TopAt"/>.</summary>
    public int[] TopTokens { get; private set; } = [];

    /// <summary>Their log-probabilities.</summary>
    public float[] TopLogProbs { get; private set; } = [];

    /// <summary>Likeliest tokens of all items.</summary>
    public int NumTop { get; private set; }

    /// <summary>Tokens of the step.</summary>
    public int NumTokens { get; set; }

    /// <summary>Rows of scored prompts.</summary>
    public int NumScoredRows { get; set; }

    /// <summary>The policy that computed it.</summary>
    public PolicyVersion Version { get; set; }

    /// <summary>Adds a part.</summary>
    public void Add(in StepItem item)
    {
        Items.Add(item with { TopAt = NumTop });
        NumTokens += item.Count;
        NumScoredRows += item.NumScored;
        NumTop += item.TopK;
        if (NumTop > TopTokens.Length) (TopTokens, TopLogProbs) = (new int[NumTop * 2], new float[NumTop * 2]);
    }

    /// <summary>Empties it for the next step.</summary>
    public void Clear()
    {
        Items.Clear();
        (NumTokens, NumScoredRows, NumTop) = (0, 0, 0);
    }
}
