namespace Rollouts.Models;

/// <summary>Which heads a rank holds. KV heads are replicated where there are more ranks than KV heads.</summary>
internal sealed record HeadLayout(int FirstQuery, int NumQuery, int FirstKv, int NumKv, int Size)
{
    /// <summary>Query heads that share a KV head.</summary>
    public int Group => NumQuery / NumKv;

    /// <summary>Elements of a row of merged q, k and v.</summary>
    public int QkvWidth => (NumQuery + 2 * NumKv) * Size;

    /// <summary>This rank's rows of the query matrix, and of the key and value matrices.</summary>
    public ((int First, int Count) Query, (int First, int Count) Kv) Rows => ((FirstQuery * Size, NumQuery * Size), (FirstKv * Size, NumKv * Size));

    /// <summary>Where keys begin in such a row.</summary>
    public int KeyOffset => NumQuery * Size;

    /// <summary>Where values begin in such a row.</summary>
    public int ValueOffset => (NumQuery + NumKv) * Size;

    /// <summary>Ranks share KV heads, or have a copy of one each.</summary>
    public static HeadLayout Of(ModelConfig config, ParallelContext parallel)
    {
        var (firstQuery, numQuery) = parallel.Share(config.NumHeads);
        if (config.NumKvHeads < parallel.Size) return new HeadLayout(firstQuery, numQuery, parallel.Rank / (parallel.Size / config.NumKvHeads), 1, config.HeadSize);
        var (firstKv, numKv) = parallel.Share(config.NumKvHeads);
        return new HeadLayout(firstQuery, numQuery, firstKv, numKv, config.HeadSize);
    }
}
