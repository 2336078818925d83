using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using Rollouts.TestSupport;

namespace Rollouts.Data.Tests.Bodies;

/// <summary>rollout-actors/docs/bodies.md says what the code does.</summary>
public class BodyDocumentationTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Fixtures.Root, "rollout-actors", "docs", "bodies.md"));

    [Fact]
    public void Columns_OfThePage_AreThoseOfTheSchemas()
    {
        Rows("## Work").ShouldBe(BodySchemas.Work.FieldsList.Select(Row));
        Rows("## Result").ShouldBe(BodySchemas.Result.FieldsList.Select(Row));
        Rows("## Completion").ShouldBe(BodySchemas.Completion.Fields.Select(Row));
    }

    [Fact]
    public void Metadata_OfThePage_IsThatOfTheSchemas()
    {
        var rows = Rows("# Message bodies");

        rows.ShouldBe([$"`{BodySchemas.KindKey}`|`work` or `result`", $"`{BodySchemas.VersionKey}`|`{BodySchemas.Version}`"]);
        BodySchemas.Work.Metadata[BodySchemas.KindKey].ShouldBe("work");
        BodySchemas.Result.Metadata[BodySchemas.KindKey].ShouldBe("result");
    }

    [Fact]
    public void SamplingKeys_OfThePage_AreThoseThatAreWritten()
    {
        using var written = JsonDocument.Parse(SamplingJson.Write(new SamplingParams()));

        Rows("## Sampling").Select(r => (r.Split('|')[0], r.Split('|')[^1])).ShouldBe(written.RootElement.EnumerateObject().Select(p => ($"`{p.Name}`", p.Value.GetRawText())));
    }

    [Theory]
    [InlineData("""{"n": 2, "logprobs": "5", "logit_bias": [{"token_id": 3, "bias": -1.5}]}""", true)]
    [InlineData("{}", true)]
    [InlineData("""{"N": 2}""", false)]
    [InlineData("""{"n": 2, "n": 3}""", false)]
    [InlineData("""{"n": 0}""", false)]
    [InlineData("""{"n": 1e9}""", false)]
    [InlineData("""{"stop": null}""", false)]
    [InlineData("""{"stop": [null]}""", false)]
    [InlineData("""{"logprobs": 5}""", false)]
    [InlineData("""{"logprob_mode": 1}""", false)]
    [InlineData("""{"logit_bias": [{"token_id": 3}]}""", false)]
    [InlineData("""{"temperature": NaN}""", false)]
    [InlineData("""null""", false)]
    [InlineData("""{"stop": [[[[[[]]]]]]}""", false)]
    public void Sampling_OfAnotherClient_IsTakenAsThePageSays(string json, bool isTaken)
    {
        if (isTaken) SamplingJson.Read(json).ShouldNotBeNull();
        else Should.Throw<BodyFormatException>(() => SamplingJson.Read(json));
    }

    /// <summary>The rows of the first table after a heading: their cells but for the explanation.</summary>
    private static string[] Rows(string heading) =>
        [.. Lines.SkipWhile(l => l != heading).SkipWhile(l => !l.StartsWith('|')).TakeWhile(l => l.StartsWith('|')).Skip(2).Select(l => string.Join('|', l.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(3)))];

    private static string Row(Field field) => $"`{field.Name}`|{Type(field.DataType)}|{(field.IsNullable ? "yes" : "no")}";

    private static string Type(IArrowType type) => type switch
    {
        StringType => "string",
        Int32Type => "int32",
        FloatType => "float",
        BinaryType => "binary",
        TimestampType { Unit: TimeUnit.Nanosecond, Timezone: "UTC" } => "timestamp[ns, UTC]",
        StructType => "struct",
        ListType list => $"list<{Type(list.ValueDataType)}>",
        _ => type.Name,
    };
}
