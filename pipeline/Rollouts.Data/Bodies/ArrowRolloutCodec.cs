namespace Rollouts.Data;

/// <summary>
/// Groups as Arrow IPC streams: a schema, one record batch of one row, the end. rollout-actors/docs/bodies.md gives the fields. Bodies of this codec's own layout are written and
/// read without the Arrow library; any other layout is left to it.
/// </summary>
/// <param name="maxBytes">The largest body that is written or read. What reading allocates is a small multiple of the body.</param>
public sealed class ArrowRolloutCodec(int maxBytes = ArrowRolloutCodec.DefaultMaxBytes) : IRolloutCodec
{
    /// <summary>256 MiB: eight siblings of 32,768 tokens with their 100 likeliest each.</summary>
    public const int DefaultMaxBytes = 256 << 20;

    private const long NanosecondsPerTick = TimeSpan.NanosecondsPerTick;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EncodeRequest(RolloutRequest request)
    {
        BodyRules.Check(request);
        var sampling = SamplingJson.Write(request.Sampling);
        var bytes = 4 * request.PromptTokenIds.Length + request.Group.Prompt.Value.Length + sampling.Length + CompletionWriter.BytesOf(request.SoFar.AsSpan());
        var writer = Begin(BodyTemplate.Work, bytes, request.Group, request.Attempt);
        writer.Lists<RolloutRequest, int>([request], static r => r.PromptTokenIds.AsSpan());
        writer.Texts([sampling], static s => s);
        CompletionWriter.Write(writer, request.SoFar.AsSpan());
        return Small(writer.Finish());
    }

    /// <inheritdoc/>
    public RolloutRequest DecodeRequest(ReadOnlyMemory<byte> body)
    {
        var request = BufferReader.TryReadRequest(Small(body).Span) ?? LibraryBodies.DecodeRequest(body);
        BodyRules.Check(request);
        return request;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EncodeAnswer(RolloutAnswer answer)
    {
        BodyRules.Check(answer);
        ReadOnlySpan<Completion?> completions = answer.Result.Completions.AsSpan();
        var writer = Begin(BodyTemplate.Result, answer.Group.Prompt.Value.Length + answer.Result.Actor.Value.Length + CompletionWriter.BytesOf(completions), answer.Group, answer.Attempt);
        writer.Texts([answer.Result.Actor.Value], static actor => actor);
        writer.NumberOrNull(Nanoseconds(answer.Result.StartedAt));
        CompletionWriter.Write(writer, completions);
        return Small(writer.Finish());
    }

    /// <inheritdoc/>
    public RolloutAnswer DecodeAnswer(ReadOnlyMemory<byte> body)
    {
        var answer = BufferReader.TryReadAnswer(Small(body).Span) ?? LibraryBodies.DecodeAnswer(body);
        BodyRules.Check(answer);
        return answer;
    }

    private ReadOnlyMemory<byte> Small(ReadOnlyMemory<byte> body) =>
        body.Length <= maxBytes ? body : throw new BodyFormatException($"the body has {body.Length} bytes; {maxBytes} are taken");

    /// <summary>A body with what both kinds begin with.</summary>
    private static BufferWriter Begin(BodyTemplate kind, int bytes, GroupId group, int attempt)
    {
        var writer = new BufferWriter(kind, bytes);
        writer.Texts([Words<Purpose>.Of(group.Purpose)], static w => w);
        writer.Numbers([group.Epoch], static n => n);
        writer.Texts([group.Prompt.Value], static t => t);
        writer.Numbers([attempt], static n => n);
        return writer;
    }

    /// <summary>Since 1970; null where no actor took the group.</summary>
    private static long? Nanoseconds(DateTimeOffset at)
    {
        if (at == default) return null;
        if (at.UtcDateTime.Year is < 1678 or > 2261) throw new BodyFormatException($"started_at is {at:O}; nanoseconds count from 1678 to 2261");
        return (at - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
    }
}
