using System.Collections.Immutable;

namespace Rollouts.Data;

/// <summary>Groups as Arrow IPC streams: a schema, one record batch of one row, the end. rollout-actors/docs/bodies.md gives the fields.</summary>
/// <param name="maxBytes">The largest body that is written or read. What reading allocates is a small multiple of the body.</param>
public sealed class ArrowRolloutCodec(int maxBytes = ArrowRolloutCodec.DefaultMaxBytes) : IRolloutCodec
{
    /// <summary>256 MiB: eight siblings of 32,768 tokens with their 100 likeliest each.</summary>
    public const int DefaultMaxBytes = 256 << 20;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EncodeRequest(RolloutRequest request)
    {
        BodyRules.Check(request);
        var row = Row(BodySchemas.Work, request.Group, request.Attempt);
        row.Ints(request.PromptTokenIds.AsSpan());
        row.Text(SamplingJson.Write(request.Sampling));
        return Small(BodyStream.Write(BodySchemas.Work, row, CompletionColumns.Write(request.SoFar)));
    }

    /// <inheritdoc/>
    public RolloutRequest DecodeRequest(ReadOnlyMemory<byte> body)
    {
        var request = BodyStream.Read(Small(body), BodySchemas.Work, row =>
        {
            var (group, attempt) = Id(row);
            return new RolloutRequest(group, attempt, row.Ints(), SamplingJson.Read(row.Text())) { SoFar = [.. CompletionColumns.Read(row.Items())] };
        });
        BodyRules.Check(request);
        return request;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EncodeAnswer(RolloutAnswer answer)
    {
        BodyRules.Check(answer);
        var row = Row(BodySchemas.Result, answer.Group, answer.Attempt);
        row.Text(answer.Result.Actor.Value);
        row.Time(StartedAt(answer.Result.StartedAt));
        return Small(BodyStream.Write(BodySchemas.Result, row, CompletionColumns.Write(answer.Result.Completions)));
    }

    /// <inheritdoc/>
    public RolloutAnswer DecodeAnswer(ReadOnlyMemory<byte> body)
    {
        var answer = BodyStream.Read(Small(body), BodySchemas.Result, row =>
        {
            var (group, attempt) = Id(row);
            var (actor, startedAt) = (new ActorId(row.Text()), row.Time() ?? default);
            return new RolloutAnswer(group, attempt, new RolloutResult(actor, startedAt, Whole(CompletionColumns.Read(row.Items()))));
        });
        BodyRules.Check(answer);
        return answer;
    }

    private ReadOnlyMemory<byte> Small(ReadOnlyMemory<byte> body) =>
        body.Length <= maxBytes ? body : throw new BodyFormatException($"the body has {body.Length} bytes; {maxBytes} are taken");

    /// <summary>A row with what both kinds begin with. The list of siblings is added when it is written.</summary>
    private static ColumnBuilders Row(Apache.Arrow.Schema schema, GroupId group, int attempt)
    {
        var row = new ColumnBuilders(schema.FieldsList.SkipLast(1));
        row.Text(Words<Purpose>.Of(group.Purpose));
        row.Int(group.Epoch);
        row.Text(group.Prompt.Value);
        row.Int(attempt);
        return row;
    }

    private static (GroupId Group, int Attempt) Id(ColumnReaders row) => (new GroupId(row.Word<Purpose>(), row.Int(), new PromptId(row.Text())), row.Int());

    /// <summary>Null where no actor took the group.</summary>
    private static DateTimeOffset? StartedAt(DateTimeOffset at)
    {
        if (at == default) return null;
        return at.UtcDateTime.Year is >= 1678 and <= 2261 ? at : throw new BodyFormatException($"started_at is {at:O}; nanoseconds count from 1678 to 2261");
    }

    private static ImmutableArray<Completion> Whole(Completion?[] completions) =>
        [.. completions.Select((c, i) => c ?? throw new BodyFormatException($"completion {i} is null"))];
}
