using System.Collections.Immutable;

namespace Rollouts.Recipes;

/// <summary>One YAML file that describes a rollout job.</summary>
public sealed record Recipe
{
    /// <summary>Names the job: <c>[A-Za-z0-9_-]{1,64}</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The model.</summary>
    public required ModelSection Model { get; init; }

    /// <summary>The prompts.</summary>
    public required PromptsSection Prompts { get; init; }

    /// <summary>How tokens are drawn.</summary>
    public required SamplingSection Sampling { get; init; }

    /// <summary>Pools of actors.</summary>
    public required ImmutableArray<ActorSection> Actors { get; init; }

    /// <summary>How groups reach the actors. Default local: in this process.</summary>
    public TransportSection Transport { get; init; } = TransportSection.Local;

    /// <summary>How completions are scored. None: a dataset is generated, rows have no reward and nothing is filtered.</summary>
    public ImmutableArray<RewardSection> Rewards { get; init; } = [];

    /// <summary>Which groups are dropped.</summary>
    public FilterSection Filter { get; init; } = new();

    /// <summary>From rewards to advantages.</summary>
    public AdvantageSection Advantage { get; init; } = new();

    /// <summary>Tries beside the first.</summary>
    public RetriesSection Retries { get; init; } = new();

    /// <summary>How long things may take.</summary>
    public DeadlinesSection Deadlines { get; init; } = new();

    /// <summary>Groups that go together.</summary>
    public BatchSection Batch { get; init; } = new();

    /// <summary>Where the rollouts go.</summary>
    public required OutputSection Output { get; init; }
}
