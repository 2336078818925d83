using Rollouts.TestSupport;

namespace Rollouts.Data.Tests;

public class PromptSourceTests
{
    [Fact]
    public async Task ReadAsync_RowsThatCannotBeUsed_AreFaultsThatNameFileAndLine()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("prompts.jsonl");
        byte[] invalid = [.. "{\"id\":\"e\",\"text\":\""u8, 0xFF, .. "\"}\n"u8];
        await File.WriteAllBytesAsync(path, [.. """
            {"id":"a","text":"one"}

            not json
            {"id":"a","text":"again"}
            {"id":"c"}
            [1]

            """u8.ToArray(), .. invalid]);

        var prompts = await ReadAsync(path);

        prompts.Select(p => p.Fault is null).ShouldBe([true, false, false, false, false, false]);
        prompts[1].Fault!.ShouldStartWith($"{path}:3: the line is not JSON");
        prompts[2].Fault.ShouldBe($"{path}:4: the id 'a' was already used at {path}:1");
        prompts[3].Fault.ShouldBe($"{path}:5: no column 'text'");
        prompts[4].Fault.ShouldBe($"{path}:6: the line is a JSON array, not an object");
        prompts[5].Fault.ShouldBe($"{path}:7: the line is not valid UTF-8");
        prompts[2].Group.Prompt.Value.ShouldStartWith("2-");
        prompts.Select(p => p.Group.Prompt).Distinct().Count().ShouldBe(6);
    }

    [Fact]
    public async Task ScanAsync_MixedValues_FixesTypesOverAllRows()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("prompts.jsonl");
        await File.WriteAllTextAsync(path, """
            {"text":"a","i":1,"d":1,"b":true,"m":1,"n":null,"l":[1,2]}
            {"text":"b","i":2,"d":1.5,"b":false,"m":"x","n":null,"l":null}
            """);

        var scan = await Source(path).ScanAsync(null, default);

        scan.Schema.Columns.Select(c => (c.Name, c.Type)).ShouldBe(
        [
            ("text", SourceType.String), ("i", SourceType.Int64), ("d", SourceType.Double), ("b", SourceType.Boolean),
            ("m", SourceType.Json), ("n", SourceType.String), ("l", SourceType.Json),
        ]);
        var prompts = await ReadAsync(path);
        prompts[0].Row["d"].ShouldBe(1.0);
        prompts[0].Row["m"].ShouldBe("1");
        prompts[1].Row["m"].ShouldBe("\"x\"");
        prompts[0].Row["l"].ShouldBe("[1,2]");
    }

    [Fact]
    public async Task ScanAsync_RowsAppended_KeepsTheHashOfTheKnownRows()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("prompts.jsonl");
        await File.WriteAllLinesAsync(path, ["{\"text\":\"a\"}", "{\"text\":\"b\"}"]);
        var before = await Source(path).ScanAsync(null, default);
        await File.AppendAllTextAsync(path, "{\"text\":\"c\"}\n");

        var after = await Source(path).ScanAsync(before.Count, default);

        after.Count.ShouldBe(3);
        after.Prefix.ShouldBe(before.Fingerprint);
        after.Fingerprint.ShouldNotBe(before.Fingerprint);
    }

    [Theory]
    [InlineData(".gz")]
    [InlineData(".zst")]
    public async Task ReadAsync_Compressed_GivesTheSameIdsAsPlain(string ending)
    {
        using var folder = new TemporaryFolder();
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => $"{{\"text\":\"{new string('x', i)}\"}}")];
        await File.WriteAllLinesAsync(folder.File("a.jsonl"), lines);
        await using (var to = Compress(File.Create(folder.File("a.jsonl" + ending)), ending))
            await to.WriteAsync(await File.ReadAllBytesAsync(folder.File("a.jsonl")));

        var plain = await ReadAsync(folder.File("a.jsonl"));
        var compressed = await ReadAsync(folder.File("a.jsonl" + ending));

        compressed.Select(p => p.Group).ShouldBe(plain.Select(p => p.Group));
    }

    [Fact]
    public async Task ReadAsync_Shuffled_GivesEachRowOnceInAnotherOrderThatRepeats()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("prompts.jsonl");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, 500).Select(i => $"{{\"id\":{i},\"text\":\"t\"}}"));
        var source = new PromptSource(new PromptSourceOptions([path], PromptContentKind.Text, "text", "id", Epochs: 2, ShuffleSeed: 9));

        var first = await ReadAsync(source);
        var second = await ReadAsync(source);

        first.Select(p => p.Group).ShouldBe(second.Select(p => p.Group));
        first.Select(p => p.Group).Distinct().Count().ShouldBe(1000);
        first.Take(500).Select(p => p.Group.Prompt.Value).ShouldNotBe(first.Skip(500).Select(p => p.Group.Prompt.Value));
    }

    private static Stream Compress(Stream to, string ending) => ending == ".gz"
        ? new System.IO.Compression.GZipStream(to, System.IO.Compression.CompressionLevel.Fastest)
        : new ZstdSharp.CompressionStream(to, leaveOpen: false);

    private static PromptSource Source(string path) => new(new PromptSourceOptions([path], PromptContentKind.Text, "text", "id"));

    private static Task<List<Prompt>> ReadAsync(string path) => ReadAsync(Source(path));

    private static async Task<List<Prompt>> ReadAsync(PromptSource source)
    {
        var scan = await source.ScanAsync(null, default);
        return await source.ReadAsync(scan.Schema, default).ToListAsync();
    }
}
