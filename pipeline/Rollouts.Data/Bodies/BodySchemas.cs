using Apache.Arrow;
using Apache.Arrow.Types;
using static Rollouts.Data.ArrowFields;

namespace Rollouts.Data;

/// <summary>
/// The Arrow schemas of message bodies: one row, a group; its last column is a list with an item a sibling.
/// rollout-actors/docs/bodies.md tells clients in other languages; a test compares the two.
/// </summary>
internal static class BodySchemas
{
    /// <summary>The metadata key of a body's kind: <c>work</c> or <c>result</c>.</summary>
    public const string KindKey = "rollouts.body";

    /// <summary>The metadata key of the schemas' version.</summary>
    public const string VersionKey = "rollouts.body_version";

    /// <summary>Raised with every change that an older reader would misread.</summary>
    public const string Version = "1";

    /// <summary>What one sibling has, under the names of the output's columns.</summary>
    public static StructType Completion { get; } = new(
    [
        Column("completion_token_ids", List(Int32Type.Default)),
        Column("logprobs", List(FloatType.Default)),
        Column("policy_version", List(Int32Type.Default)),
        Column("completion", StringType.Default),
        Column("finish_reason", StringType.Default),
        Column("stop_reason", StringType.Default, nullable: true),
        Column("queue_ms", FloatType.Default),
        Column("prefill_ms", FloatType.Default),
        Column("decode_ms", FloatType.Default),
        Column("num_preempted", Int32Type.Default),
        Column("kind", StringType.Default, nullable: true),
        Column("stage", StringType.Default, nullable: true),
        Column("message", StringType.Default, nullable: true),
        Column("remote_cause", StringType.Default, nullable: true),
        Column("prompt_logprobs", List(FloatType.Default)),
        Column("top_k", Int32Type.Default),
        Column("top_token_ids", List(Int32Type.Default)),
        Column("top_logprobs", List(FloatType.Default)),
        Column("routed_experts", BinaryType.Default),
    ]);

    /// <summary>A group for an actor.</summary>
    public static Schema Work { get; } = Body("work",
    [
        .. Id(),
        Column("prompt_token_ids", List(Int32Type.Default)),
        Column("sampling", StringType.Default),
        Column("so_far", List(Completion, nullable: true)),
    ]);

    /// <summary>What an actor answers.</summary>
    public static Schema Result { get; } = Body("result",
    [
        .. Id(),
        Column("actor", StringType.Default),
        Column("started_at", new TimestampType(TimeUnit.Nanosecond, "UTC"), nullable: true),
        Column("completions", List(Completion)),
    ]);

    private static Field[] Id() =>
    [
        Column("purpose", StringType.Default),
        Column("epoch", Int32Type.Default),
        Column("prompt_id", StringType.Default),
        Column("attempt", Int32Type.Default),
    ];

    private static Schema Body(string kind, Field[] fields) => new(fields, new Dictionary<string, string> { [KindKey] = kind, [VersionKey] = Version });
}
