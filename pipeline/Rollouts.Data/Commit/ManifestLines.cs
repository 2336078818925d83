using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rollouts.Data;

/// <summary>The manifest's first line: what every session of the folder shares.</summary>
/// <param name="Manifest">The format's version.</param>
/// <param name="RunId">Names the run.</param>
/// <param name="CreatedAt">When the folder was begun.</param>
/// <param name="LogProbMode">raw or processed.</param>
/// <param name="Rewards">Names, in column order.</param>
/// <param name="Source">The prompts' columns.</param>
/// <param name="PromptRows">Rows that the prompts had.</param>
/// <param name="PromptHash">Their hash.</param>
/// <param name="Fingerprint">What must stay the same to resume, by name.</param>
/// <param name="TopLogProbs">Likeliest tokens kept a token; 0 without their columns.</param>
/// <param name="PromptLogProbs">Whether there is a column of the prompts' log-probabilities.</param>
/// <param name="RoutedExperts">How routed experts are laid out; null without their column.</param>
public sealed record ManifestHeader(
    int Manifest,
    string RunId,
    DateTimeOffset CreatedAt,
    string LogProbMode,
    ImmutableArray<string> Rewards,
    ImmutableArray<SourceColumn> Source,
    long PromptRows,
    string PromptHash,
    ImmutableSortedDictionary<string, string> Fingerprint,
    int TopLogProbs = 0,
    bool PromptLogProbs = false,
    RoutedExpertShape? RoutedExperts = null)
{
    /// <summary>The columns of the folder's files.</summary>
    public RolloutColumns Columns => new(RunId, Rewards, new SourceSchema(Source), LogProbMode == "raw" ? Rollouts.LogProbMode.Raw : Rollouts.LogProbMode.Processed)
    {
        TopLogProbs = TopLogProbs,
        PromptLogProbs = PromptLogProbs,
        RoutedExperts = RoutedExperts,
    };
}

/// <summary>A later line: a session that opens, a set of decided groups, or a session that closes.</summary>
/// <param name="Writer">Counts sessions from 1; a writer that sees a higher one stops.</param>
/// <param name="Event">open, commit or close.</param>
/// <param name="At">When.</param>
/// <param name="Files">Data and failure files that this line commits.</param>
/// <param name="Groups">Groups that this line decides.</param>
/// <param name="Accounting">Where every rollout went so far.</param>
public sealed record ManifestLine(
    int Writer,
    string Event,
    DateTimeOffset At,
    ImmutableArray<ManifestFile> Files,
    ImmutableArray<ManifestGroup> Groups,
    RolloutAccounting Accounting);

/// <summary>A file that is committed, its path relative to the folder.</summary>
public sealed record ManifestFile(string Path, int Rows, long Bytes, string Sha256);

/// <summary>A group that is decided.</summary>
public sealed record ManifestGroup(string PromptId, int Epoch, int Committed, int Filtered, int Stale, int Failed, string? Reason = null)
{
    /// <summary>How its rollouts are counted.</summary>
    [JsonIgnore] public GroupCounts Counts => new(Committed, Filtered, Stale, Failed);

    /// <summary>The line's entry for a decided group.</summary>
    public static ManifestGroup Of(RolloutGroup group)
    {
        var counts = group.Count();
        return new(group.Id.Prompt.Value, group.Id.Epoch, counts.Committed, counts.Filtered, counts.Stale, counts.Failed, group.Decision!.Reason);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ManifestHeader))]
[JsonSerializable(typeof(ManifestLine))]
internal sealed partial class ManifestJson : JsonSerializerContext;
