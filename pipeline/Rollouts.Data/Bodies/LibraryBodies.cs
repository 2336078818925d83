using System.Collections.Immutable;
using Apache.Arrow;

namespace Rollouts.Data;

/// <summary>
/// Bodies by the Arrow library: it reads every layout that Arrow allows, from whatever writer, and is what <see cref="BodyTemplate"/> takes its own layout from.
/// Slower than that by much: a schema is built and taken apart for every body.
/// </summary>
internal static class LibraryBodies
{
    public static ReadOnlyMemory<byte> Encode(RolloutRequest request)
    {
        var row = Row(BodySchemas.Work, request.Group, request.Attempt);
        row.Ints(request.PromptTokenIds.AsSpan());
        row.Text(SamplingJson.Write(request.Sampling));
        return BodyStream.Write(BodySchemas.Work, row, CompletionColumns.Write(request.SoFar));
    }

    public static RolloutRequest DecodeRequest(ReadOnlyMemory<byte> body) => BodyStream.Read(body, BodySchemas.Work, row =>
    {
        var (group, attempt) = Id(row);
        return new RolloutRequest(group, attempt, row.Ints(), SamplingJson.Read(row.Text())) { SoFar = [.. CompletionColumns.Read(row.Items())] };
    });

    public static ReadOnlyMemory<byte> Encode(RolloutAnswer answer)
    {
        var row = Row(BodySchemas.Result, answer.Group, answer.Attempt);
        row.Text(answer.Result.Actor.Value);
        row.Time(answer.Result.StartedAt == default ? null : answer.Result.StartedAt);
        return BodyStream.Write(BodySchemas.Result, row, CompletionColumns.Write(answer.Result.Completions));
    }

    public static RolloutAnswer DecodeAnswer(ReadOnlyMemory<byte> body) => BodyStream.Read(body, BodySchemas.Result, row =>
    {
        var (group, attempt) = Id(row);
        var (actor, startedAt) = (new ActorId(row.Text()), row.Time() ?? default);
        return new RolloutAnswer(group, attempt, new RolloutResult(actor, startedAt, Whole(CompletionColumns.Read(row.Items()))));
    });

    /// <summary>A row with what both kinds begin with. The list of siblings is added when it is written.</summary>
    private static ColumnBuilders Row(Schema schema, GroupId group, int attempt)
    {
        var row = new ColumnBuilders(schema.FieldsList.SkipLast(1));
        row.Text(Words<Purpose>.Of(group.Purpose));
        row.Int(group.Epoch);
        row.Text(group.Prompt.Value);
        row.Int(attempt);
        return row;
    }

    private static (GroupId Group, int Attempt) Id(ColumnReaders row) => (new GroupId(row.Word<Purpose>(), row.Int(), new PromptId(row.Text())), row.Int());

    private static ImmutableArray<Completion> Whole(Completion?[] completions) =>
        [.. completions.Select((c, i) => c ?? throw new BodyFormatException($"completion {i} is null"))];
}
