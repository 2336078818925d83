namespace Rollouts.Models;

/// <summary>Which heads a rank holds. KV heads are replicated where there are more ranks than KV heads.</summary>
internal sealed record HeadLayout(int FirstQuery, int NumQuery, int FirstKv, int NumKv, int Size)
{
    /// <summary>Query heads that share a KV head.</summary>
    public int Group => NumQuery / NumKv;

    /// <summary>Elements of a row of merged q, k and v.</summary>
    public int QkvWidth => (NumQuery + 2 * NumKv) * Size;

    /// <summary>Where keys begin in such a row.</summary>
    public int KeyOffset => NumQuery * Size;

    /// <summary>Where values begin in such a row.</summary>
    public int ValueOffset => (NumQuery + NumKv) * Size;

    /// <exception cref="ArgumentException">The ranks cannot share the heads.</exception>
    public static HeadLayout Of(ModelConfig config, ParallelContext parallel)
    {
        var (firstQuery, numQuery) = parallel.Share(config.NumHeads);
        if (config.NumKvHeads >= parallel.Size)
        {
            var (firstKv, numKv) = parallel.Share(config.NumKvHeads);
            return new HeadLayout(firstQuery, numQuery, firstKv, numKv, config.HeadSize);
        }

        if (parallel.Size % config.NumKvHeads != 0)
            throw new ArgumentException($"{parallel.Size} tensor-parallel ranks and {config.NumKvHeads} KV heads: one must be a multiple of the other");
        return new HeadLayout(firstQuery, numQuery, parallel.Rank / (parallel.Size / config.NumKvHeads), 1, config.HeadSize);
    }
}
