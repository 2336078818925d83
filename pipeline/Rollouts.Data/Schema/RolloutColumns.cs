using System.Collections.Immutable;
using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;
using static Rollouts.Data.ArrowFields;

namespace Rollouts.Data;

/// <summary>What varies between runs in the output's columns; fixed in the manifest's first line.</summary>
/// <param name="RunId">The same for all sessions of a folder.</param>
/// <param name="Rewards">Names of the rewards; each has a column <c>reward.NAME</c>.</param>
/// <param name="Source">The prompts' own columns.</param>
/// <param name="LogProbMode">What the log-probabilities mean.</param>
public sealed record RolloutColumns(string RunId, ImmutableArray<string> Rewards, SourceSchema Source, LogProbMode LogProbMode)
{
    /// <summary>The version of the schema, <c>rollouts.schema</c> in its metadata.</summary>
    public const string SchemaVersion = "1";

    /// <summary>Likeliest tokens kept a token; with 0 there are no such columns.</summary>
    public int TopLogProbs { get; init; }

    /// <summary>Whether there is a column of the prompts' log-probabilities.</summary>
    public bool PromptLogProbs { get; init; }

    /// <summary>How routed experts are laid out; null where there is no such column.</summary>
    public RoutedExpertShape? RoutedExperts { get; init; }

    /// <summary>The Arrow schema of data files.</summary>
    public Schema DataSchema => WithSource(
    [
        Column("run_id", StringType.Default),
        Column("purpose", StringType.Default),
        Column("epoch", Int32Type.Default),
        Column("prompt_id", StringType.Default),
        Column("sample_index", Int32Type.Default),
        Column("attempt", Int32Type.Default),
        Column("prompt", StringType.Default),
        Column("prompt_token_ids", List(Int32Type.Default)),
        Column("completion", StringType.Default),
        Column("completion_token_ids", List(Int32Type.Default)),
        Column("logprobs", List(FloatType.Default), nullable: true),
        Column("loss_mask", List(Int8Type.Default)),
        Column("policy_version", List(Int32Type.Default)),
        Column("finish_reason", StringType.Default),
        Column("stop_reason", StringType.Default, nullable: true),
        Column("reward", DoubleType.Default, nullable: true),
        .. Rewards.Select(name => Column($"reward.{name}", DoubleType.Default, nullable: true)),
        Column("advantage", FloatType.Default, nullable: true),
        Column("seed", Int64Type.Default),
        Column("actor", StringType.Default),
        Column("num_preempted", Int32Type.Default),
        Column("kv_after_update", StringType.Default, nullable: true),
        Column("queue_ms", FloatType.Default),
        Column("prefill_ms", FloatType.Default),
        Column("decode_ms", FloatType.Default),
        Column("started_at", new TimestampType(TimeUnit.Microsecond, "UTC")),
        .. AskedFor(),
    ]);

    /// <summary>The Arrow schema of failure files.</summary>
    public Schema FailureSchema => WithSource(
    [
        Column("run_id", StringType.Default),
        Column("purpose", StringType.Default),
        Column("epoch", Int32Type.Default),
        Column("prompt_id", StringType.Default),
        Column("sample_index", Int32Type.Default),
        Column("attempt", Int32Type.Default),
        Column("kind", StringType.Default),
        Column("stage", StringType.Default),
        Column("message", StringType.Default),
        Column("actor", StringType.Default, nullable: true),
        Column("remote_cause", StringType.Default, nullable: true),
        Column("started_at", new TimestampType(TimeUnit.Microsecond, "UTC")),
    ]);

    private IEnumerable<Field> AskedFor()
    {
        if (TopLogProbs > 0)
        {
            yield return Column("top_token_ids", List(Int32Type.Default), nullable: true);
            yield return Column("top_logprobs", List(FloatType.Default), nullable: true);
        }

        if (PromptLogProbs) yield return Column("prompt_logprobs", List(FloatType.Default), nullable: true);
        if (RoutedExperts is not null) yield return Column("routed_experts", BinaryType.Default, nullable: true);
    }

    private Schema WithSource(List<Field> own)
    {
        var taken = own.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        own.AddRange(Source.Columns.Select(c => Column(Free(c.Name, taken), ArrowType(c.Type), nullable: true)));
        var metadata = new Dictionary<string, string>
        {
            ["rollouts.schema"] = SchemaVersion,
            ["rollouts.logprob_mode"] = Words<LogProbMode>.Of(LogProbMode),
        };
        if (TopLogProbs > 0) metadata["rollouts.top_logprobs"] = TopLogProbs.ToString(CultureInfo.InvariantCulture);
        if (RoutedExperts is not null) metadata["rollouts.routed_experts"] = RoutedExperts.Json;
        return new Schema(own, metadata);
    }

    /// <summary>A source column whose name is taken gets the prefix <c>input_</c>, as often as it needs.</summary>
    private static string Free(string name, HashSet<string> taken)
    {
        while (!taken.Add(name)) name = "input_" + name;
        return name;
    }

    private static IArrowType ArrowType(SourceType type) => type switch
    {
        SourceType.Int64 => Int64Type.Default,
        SourceType.Double => DoubleType.Default,
        SourceType.Boolean => BooleanType.Default,
        _ => StringType.Default,
    };
}
