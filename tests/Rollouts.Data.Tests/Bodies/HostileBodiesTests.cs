using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Rollouts.TestSupport.Fuzzing;

namespace Rollouts.Data.Tests.Bodies;

/// <summary>Bodies come from a network: whatever they hold, reading them ends with a group or with a typed error, in bounded memory.</summary>
public class HostileBodiesTests
{
    private static readonly ArrowRolloutCodec Codec = new();

    private static readonly string[] Words = ["completion_token_ids", "so_far", "\"n\":16384", "\"stop\":[null]", "NaN", "\uD83D", "ARROW1", "\u0001\u0000\u0000\u0000", "\u0000\u0000\u0000\u0000", "struct", "element"];

    [Fact]
    public async Task DecodeRequest_MutatedBodies_GivesAGroupOrATypedError()
    {
        var groups = new RandomGroups(seed: 21);
        var seeds = Enumerable.Range(0, 20).Select(_ => Codec.EncodeRequest(groups.Request()).ToArray()).ToArray();

        await Campaign.RunAsync(600, seed => Mutations(seeds, seed), body => Bounded(body, () => Codec.EncodeRequest(Codec.DecodeRequest(body))), e => e is BodyFormatException);
    }

    [Fact]
    public async Task DecodeAnswer_MutatedBodies_GivesAGroupOrATypedError()
    {
        var groups = new RandomGroups(seed: 22);
        var seeds = Enumerable.Range(0, 20).Select(_ => Codec.EncodeAnswer(groups.Answer()).ToArray()).ToArray();

        await Campaign.RunAsync(600, seed => Mutations(seeds, seed), body => Bounded(body, () => Codec.EncodeAnswer(Codec.DecodeAnswer(body))), e => e is BodyFormatException);
    }

    [Fact]
    public void Decode_ForeignArrowStreams_AreRefused()
    {
        var deep = (IArrowType)Int32Type.Default;
        for (var i = 0; i < 60; i++) deep = new StructType([new Field("f", deep, true)]);
        var columns = BodySchemas.Work.FieldsList.ToArray();

        Refuses(new Schema([new Field("x", Int32Type.Default, true)], BodySchemas.Work.Metadata), "1 fields");
        Refuses(new Schema([.. columns[..^1], new Field("so_far", deep, true)], BodySchemas.Work.Metadata), "fields");
        Refuses(new Schema(columns, null), "rollouts.body = nothing");
        Refuses(new Schema(columns, new Dictionary<string, string>(BodySchemas.Work.Metadata) { [BodySchemas.VersionKey] = "2" }), "body_version = 2");
        Refuses(new Schema([new Field("use", StringType.Default, false), .. columns[1..]], BodySchemas.Work.Metadata), "field use");
        Refuses(new Schema(columns, Enumerable.Range(0, 100).ToDictionary(i => $"{i}", i => $"{i}")), "100 entries");
        Refuses(new Schema([new Field("purpose", new DictionaryType(Int32Type.Default, StringType.Default, false), false), .. columns[1..]], BodySchemas.Work.Metadata), "dictionary");
    }

    [Fact]
    public void Decode_MoreSiblingsThanAGroupMayHave_IsRefusedBeforeTheyAreRead()
    {
        var row = new ColumnBuilders(BodySchemas.Work.FieldsList.SkipLast(1));
        row.Text("train");
        row.Int(0);
        row.Text("p");
        row.Int(0);
        row.Ints([1]);
        row.Text("{}");
        var body = BodyStream.Write(BodySchemas.Work, row, CompletionColumns.Write(new Completion?[BodyRules.MaxSiblings + 1]));

        Should.Throw<BodyFormatException>(() => Codec.DecodeRequest(body)).Message.ShouldContain("16385 siblings");
    }

    [Fact]
    public void Message_QuotesAStranger_IsOneShortLine()
    {
        var error = Should.Throw<BodyFormatException>(() => SamplingJson.Read($$"""{"a\n{{new string('b', 10_000)}}": 1}"""));

        error.Message.Length.ShouldBeLessThanOrEqualTo(300);
        error.Message.ShouldNotContain("\n");
    }

    /// <summary>Bits and stretches of bytes as in other formats, and the numbers of which FlatBuffers are made.</summary>
    private static Func<byte[]> Mutations(byte[][] seeds, int seed)
    {
        var (bytes, random) = (new Mutator(seeds, Words, seed), new Random(seed));
        return () =>
        {
            if (random.Next(3) == 0) return bytes.Next();
            var body = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var left = 1 + random.Next(4); left > 0; left--) ChangeNumber(body, random);
            return body;
        };
    }

    /// <summary>Mostly in front, where messages are described.</summary>
    private static void ChangeNumber(byte[] body, Random random)
    {
        var place = random.Next((random.Next(4) == 0 ? body.Length : Math.Min(body.Length, 6000)) / 2 - 2) * 2;
        var number = body.AsSpan(place, 4);
        var now = BinaryPrimitives.ReadInt32LittleEndian(number);
        BinaryPrimitives.WriteInt32LittleEndian(number, random.Next(7) switch
        {
            0 => 0,
            1 => -1,
            2 => int.MaxValue,
            3 => int.MinValue,
            4 => -now,
            5 => now + random.Next(-16, 17) * 4,
            _ => random.Next(body.Length),
        });
    }

    private static void Bounded(byte[] body, Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
        }
        finally
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > (4 << 20) + 100L * body.Length) throw new InvalidOperationException($"{allocated} bytes were allocated for a body of {body.Length}");
        }
    }

    private static void Refuses(Schema schema, string reason)
    {
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteStart();
            writer.WriteEnd();
        }

        var error = Should.Throw<BodyFormatException>(() => Codec.DecodeRequest(stream.ToArray()));
        error.Message.ShouldContain(reason);
    }
}
