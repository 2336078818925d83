namespace Rollouts.Actors.Nats;

/// <summary>Which consumer a pool's actors share: the value of key <c>pools.POOL</c>.</summary>
/// <param name="Generation">Grows each time that the consumer had to be made anew.</param>
public sealed record PoolRecord(int Generation)
{
    /// <summary>The consumer's name.</summary>
    public static string Consumer(string pool, int generation) => $"{pool}-{generation}";
}
