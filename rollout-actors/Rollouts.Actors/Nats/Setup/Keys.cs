namespace Rollouts.Actors.Nats;

/// <summary>Keys of a job's buckets.</summary>
internal static class Keys
{
    /// <summary>Records: what the job is.</summary>
    public const string Job = "job";

    /// <summary>Leases: who drives it.</summary>
    public const string Driver = "driver";

    /// <summary>Leases: all actors.</summary>
    public const string AllActors = "actors.*";

    /// <summary>Leases: an actor.</summary>
    public static string Actor(string name) => $"actors.{name}";

    /// <summary>Records: a life of an actor that was declared dead.</summary>
    public static string Fenced(string incarnation) => $"fenced.{incarnation}";

    /// <summary>Records: which consumer a pool's actors share.</summary>
    public static string Pool(string pool) => $"pools.{pool}";

    /// <summary>Records: processes that died while they ran a group.</summary>
    public static string Deaths(GroupKey group) => $"deaths.{group}";
}
