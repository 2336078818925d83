namespace Rollouts.Actors.Nats;

/// <summary>One thing that was found out about a server: a line for a person.</summary>
/// <param name="Kind">What it means for a job.</param>
/// <param name="What">The topic, one word: <c>server</c>, <c>JetStream</c>, <c>driver</c>, …</param>
/// <param name="Text">What was found and, where something is to be done, what.</param>
public sealed record Finding(FindingKind Kind, string What, string Text)
{
    internal static Finding Sound(string what, string text) => new(FindingKind.Sound, what, text);

    internal static Finding Remark(string what, string text) => new(FindingKind.Remark, what, text);

    internal static Finding Fault(string what, string text) => new(FindingKind.Fault, what, text);
}

/// <summary>What a finding means for a job.</summary>
public enum FindingKind
{
    /// <summary>As it should be.</summary>
    Sound,

    /// <summary>A job runs, and could run better or more safely.</summary>
    Remark,

    /// <summary>No job runs like this.</summary>
    Fault,
}
