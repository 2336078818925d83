namespace Rollouts.Kernels;

/// <summary>
/// Which experts a step's tokens go to, and where: rows are ordered by expert, so that each expert's weights are read once a step.
/// An expert's rows begin at a multiple of <see cref="RowMultiple"/>, which products may run over.
/// </summary>
public sealed unsafe class ExpertPlan : IDisposable
{
    /// <summary>Rows of an expert are padded to a multiple of this.</summary>
    public const int RowMultiple = 4;

    private readonly NativeBuffer _chosen;
    private readonly NativeBuffer _weights;
    private readonly int[] _rowOf;
    private readonly int[] _tokenOf;
    private readonly int[] _counts;
    private readonly int[] _firstRows;

    /// <param name="maxTokens">Tokens of a step at most.</param>
    /// <param name="numChosen">Experts of a token.</param>
    /// <param name="firstExpert">The first expert that is here.</param>
    /// <param name="numExperts">Experts that are here.</param>
    public ExpertPlan(int maxTokens, int numChosen, int firstExpert, int numExperts)
    {
        (NumChosen, FirstExpert, NumExperts) = (numChosen, firstExpert, numExperts);
        _chosen = new NativeBuffer((long)maxTokens * numChosen * sizeof(int));
        _weights = new NativeBuffer((long)maxTokens * numChosen * sizeof(float));
        _rowOf = new int[maxTokens * numChosen];
        MaxRows = RowsAtMost(maxTokens, numChosen, numExperts);
        _tokenOf = new int[MaxRows];
        (_counts, _firstRows) = (new int[numExperts], new int[numExperts]);
    }

    /// <summary>Experts of a token.</summary>
    public int NumChosen { get; }

    /// <summary>The first expert that is here.</summary>
    public int FirstExpert { get; }

    /// <summary>Experts that are here.</summary>
    public int NumExperts { get; }

    /// <summary>Rows at most, padding included.</summary>
    public int MaxRows { get; }

    /// <summary>Rows of this step, padding included.</summary>
    public int NumRows { get; private set; }

    /// <summary>Rows that an expert takes up.</summary>
    public static int Padded(int rows) => (rows + RowMultiple - 1) / RowMultiple * RowMultiple;

    /// <summary>[chosen] a token's experts, over all ranks.</summary>
    public int* Chosen(int token) => (int*)_chosen.Address + token * NumChosen;

    /// <summary>[chosen] their weights.</summary>
    public float* Weights(int token) => (float*)_weights.Address + token * NumChosen;

    /// <summary>Rows of an expert that is here, padding left out.</summary>
    public int Count(int expert) => _counts[expert];

    /// <summary>Where they begin.</summary>
    public int FirstRow(int expert) => _firstRows[expert];

    /// <summary>The row of a token's k-th expert; -1 where that expert is not here.</summary>
    public int RowOf(int token, int k) => _rowOf[token * NumChosen + k];

    /// <summary>The token of a row; -1 for padding.</summary>
    public int TokenOf(int row) => _tokenOf[row];

    /// <summary>Orders the rows, once all tokens have chosen. Tokens keep their order within an expert.</summary>
    public void Order(int numTokens)
    {
        Array.Clear(_counts);
        for (var i = 0; i < numTokens * NumChosen; i++)
            if (Here(i) is >= 0 and var expert) _counts[expert]++;
        NumRows = 0;
        for (var e = 0; e < NumExperts; e++)
        {
            _firstRows[e] = NumRows;
            NumRows += Padded(_counts[e]);
        }

        Array.Fill(_tokenOf, -1, 0, NumRows);
        Array.Clear(_counts);
        for (var i = 0; i < numTokens * NumChosen; i++)
        {
            var expert = Here(i);
            _rowOf[i] = expert < 0 ? -1 : _firstRows[expert] + _counts[expert]++;
            if (expert >= 0) _tokenOf[_rowOf[i]] = i / NumChosen;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chosen.Dispose();
        _weights.Dispose();
    }

    private static int RowsAtMost(int tokens, int chosen, int experts) => tokens * chosen + (RowMultiple - 1) * Math.Min(experts, tokens * chosen);

    private int Here(int i)
    {
        var expert = ((int*)_chosen.Address)[i] - FirstExpert;
        return expert >= 0 && expert < NumExperts ? expert : -1;
    }
}
