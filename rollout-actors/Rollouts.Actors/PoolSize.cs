namespace Rollouts.Actors;

/// <summary>How many groups an actor holds.</summary>
public static class PoolSize
{
    /// <summary>What it runs at once, and one group beside to go on with.</summary>
    /// <param name="maxRunning">Sequences at once.</param>
    /// <param name="siblings">Rollouts a group.</param>
    public static int GroupsOf(int maxRunning, int siblings) => (maxRunning + siblings - 1) / siblings + 1;
}
