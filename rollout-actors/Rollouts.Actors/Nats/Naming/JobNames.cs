namespace Rollouts.Actors.Nats;

/// <summary>What a job's streams, subjects and buckets are called. Everything of a job carries its name, so that accounts and permissions can fence it.</summary>
public sealed class JobNames
{
    /// <exception cref="ArgumentException">No job may be called so.</exception>
    public JobNames(string job)
    {
        if (NameRules.FaultOfJob(job) is { } fault) throw new ArgumentException(fault, nameof(job));
        Job = job;
    }

    /// <summary>The job.</summary>
    public string Job { get; }

    /// <summary>Stream of prompt groups.</summary>
    public string PromptStream => $"rollouts_{Job}_prompts";

    /// <summary>Stream of results.</summary>
    public string ResultStream => $"rollouts_{Job}_results";

    /// <summary>The driver's consumer of results.</summary>
    public string ResultConsumer => "driver";

    /// <summary>Bucket of what lasts as long as the job: its recipe, fenced incarnations, deaths.</summary>
    public string RecordBucket => $"rollouts_{Job}";

    /// <summary>Bucket of leases: a key that is not renewed goes away.</summary>
    public string LeaseBucket => $"rollouts_{Job}_live";

    /// <summary>All prompt subjects.</summary>
    public string AllPrompts => $"rollouts.{Job}.prompts.>";

    /// <summary>All result subjects.</summary>
    public string AllResults => $"rollouts.{Job}.results.>";

    /// <summary>What the driver answers: <see cref="GroupQuestion"/>.</summary>
    public string Questions => $"rollouts.{Job}.control.driver.ask";

    /// <summary>Where node agents report actors that died: <see cref="DeathReport"/>.</summary>
    public string Deaths => $"rollouts.{Job}.control.driver.death";

    /// <summary>Orders to all actors of the job: <see cref="ActorOrder"/>.</summary>
    public string AllActors => $"rollouts.{Job}.control.actors";

    /// <summary>Replies come under this prefix, so that no other job's client may listen to them.</summary>
    public string Inbox => $"rollouts.{Job}.inbox";

    /// <summary>Orders to one actor.</summary>
    public string Actor(string name) => $"rollouts.{Job}.control.actor.{name}";

    /// <summary>A pool's prompts.</summary>
    public string PoolPrompts(string pool) => $"rollouts.{Job}.prompts.{pool}.>";

    /// <summary>A group's work.</summary>
    public string Prompt(string pool, GroupKey group) => $"rollouts.{Job}.prompts.{pool}.{group}";

    /// <summary>A group's work, whatever its pool.</summary>
    public string AnyPrompt(GroupKey group) => $"rollouts.{Job}.prompts.*.{group}";

    /// <summary>A group's result.</summary>
    public string Result(string pool, GroupKey group) => $"rollouts.{Job}.results.{pool}.{group}";

    /// <summary>All tokens as they come.</summary>
    public string AllDeltas => $"rollouts.{Job}.deltas.*";

    /// <summary>Where an actor answers with its record.</summary>
    public string ActorRecord(string name) => $"rollouts.{Job}.control.actor.{name}.record";

    /// <summary>A group's tokens as they come.</summary>
    public string Deltas(GroupKey group) => $"rollouts.{Job}.deltas.{group}";

    /// <summary>The pool in a prompt's or result's subject; null where it is none of this job's.</summary>
    public string? PoolOf(string subject) => subject.Split('.') is ["rollouts", var job, "prompts" or "results", var pool, _] && job == Job ? pool : null;
}
