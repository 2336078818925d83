using DuckDB.NET.Data;
using Rollouts.TestSupport;

namespace Rollouts.Data.Tests;

public class GroupCommitterTests
{
    [Fact]
    public async Task CommitAsync_DataAndFailures_ReadBackByDuckDb()
    {
        using var folder = new TemporaryFolder();
        var mixed = Groups.Decided("mixed", GroupOutcome.Committed, 1, double.NaN);

        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("a"), OutputFolders.Group("b", GroupOutcome.Filtered), mixed, OutputFolders.Group("c"));

        Query(folder, "select string_agg(prompt_id || sample_index, ' ' order by prompt_id, sample_index) from 'data/*.parquet'").ShouldBe("a0 a1 c0 c1 mixed0");
        Query(folder, "select string_agg(prompt_id || ' ' || kind || ' ' || message, ';') from 'failures/*.parquet'").ShouldBe("mixed reward threw");
        Query(folder, "select list_sum(completion_token_ids) || ' ' || list_sum(logprobs) || ' ' || len(loss_mask) || ' ' || answer || ' ' || \"reward.exact_match\" || ' ' || (stop_reason is null) from 'data/*.parquet' where prompt_id = 'a' and sample_index = 0")
            .ShouldBe("6 -3.0 3 42 1.0 true");
        FolderVerifier.Verify(new OutputFolder(folder.Path)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task CommitAsync_ColumnsThatWereAskedFor_ReadBackWithAbsentOnesNull()
    {
        using var folder = new TemporaryFolder();
        var header = OutputFolders.Header with { TopLogProbs = 2, PromptLogProbs = true };
        var group = OutputFolders.Group("a");
        var asked = group.Rollouts[0].Completion! with { Top = new TopLogProbs(2, [1, 2, 3, 4, 5, 6], [-1, -2, -3, -4, -5, float.NegativeInfinity]), PromptLogProbs = [-7] };
        var absent = group.Rollouts[1].Completion! with { LogProbs = [] };
        var empty = absent with { TokenIds = [], Versions = [] };

        using (var session = await OutputSession.OpenAsync(new OutputFolder(folder.Path), _ => Task.FromResult(header), TimeProvider.System))
        {
            session.Ledger.Issue(3);
            var rollouts = new[] { asked, absent, empty }.Select((c, i) => group.Rollouts[0] with { Id = new RolloutId(group.Id, i), Completion = c });
            await new GroupCommitter(session, TimeProvider.System).CommitAsync([group with { Rollouts = [.. rollouts] }], default);
        }

        string Column(string name, int row) => Query(folder, $"select coalesce({name}::varchar, 'null') from 'data/*.parquet' where sample_index = {row}");
        Column("top_token_ids", 0).ShouldBe("[1, 2, 3, 4, 5, 6]");
        Column("top_logprobs", 0).ShouldBe("[-1.0, -2.0, -3.0, -4.0, -5.0, -inf]");
        Column("prompt_logprobs", 0).ShouldBe("[-7.0]");
        foreach (var name in new[] { "top_token_ids", "top_logprobs", "prompt_logprobs", "logprobs" }) Column(name, 1).ShouldBe("null", name);
        foreach (var name in new[] { "top_token_ids", "top_logprobs", "logprobs" }) Column(name, 2).ShouldBe("[]", name);
        Manifest.Read(new OutputFolder(folder.Path))!.Header.Columns.DataSchema.Metadata["rollouts.top_logprobs"].ShouldBe("2");
        OutputFolders.Header.Columns.DataSchema.FieldsList.ShouldNotContain(f => f.Name.StartsWith("top_") || f.Name == "prompt_logprobs");
    }

    [Fact]
    public async Task OpenAsync_SecondSession_KnowsWhatIsDecidedAndGoesOnNumbering()
    {
        using var folder = new TemporaryFolder();
        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("a"));

        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("b"));

        var manifest = Manifest.Read(new OutputFolder(folder.Path))!;
        manifest.Files.Select(f => f.Path).ShouldBe(["data/rollouts-00000.parquet", "data/rollouts-00001.parquet"]);
        manifest.Accounting.ShouldBe(new RolloutAccounting(4, 4, 0, 0, 0, 0, 0, 0));
        using var third = await OutputFolders.OpenAsync(folder.Path);
        third.IsDecided(OutputFolders.Group("a").Id).ShouldBeTrue();
        third.IsDecided(OutputFolders.Group("c").Id).ShouldBeFalse();
    }

    [Fact]
    public async Task OpenAsync_WhileAnotherWrites_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var first = await OutputFolders.OpenAsync(folder.Path);

        var refused = await Should.ThrowAsync<DataFormatException>(() => OutputFolders.OpenAsync(folder.Path));

        refused.Message.ShouldContain("another process writes");
    }

    [Fact]
    public async Task Verify_FlippedByte_NamesTheFile()
    {
        using var folder = new TemporaryFolder();
        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("a"));
        var path = folder.File("data/rollouts-00000.parquet");
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        FolderVerifier.Verify(new OutputFolder(folder.Path)).Faults.ShouldHaveSingleItem().ShouldStartWith(path);
    }

    [Fact]
    public async Task OpenAsync_TruncatedParquetFile_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("a"));
        var path = folder.File("data/rollouts-00000.parquet");
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..100]);

        var refused = await Should.ThrowAsync<DataFormatException>(() => OutputFolders.OpenAsync(folder.Path));

        refused.Message.ShouldContain(path);
    }

    [Fact]
    public async Task OpenAsync_ManifestCutAnywhere_KeepsTheWholeLinesAndRemovesTheirLeftovers()
    {
        using var folder = new TemporaryFolder();
        await OutputFolders.CommitAsync(folder.Path, null, OutputFolders.Group("a"), OutputFolders.Group("b"));
        var manifest = await File.ReadAllBytesAsync(folder.File("manifest.jsonl"));
        var headerLength = manifest.AsSpan().IndexOf((byte)'\n') + 1;

        foreach (var cut in Enumerable.Range(headerLength, manifest.Length - headerLength))
        {
            using var copy = new TemporaryFolder();
            Directory.CreateDirectory(copy.File("data"));
            foreach (var file in Directory.GetFiles(folder.File("data"))) File.Copy(file, copy.File("data/" + Path.GetFileName(file)));
            await File.WriteAllBytesAsync(copy.File("manifest.jsonl"), manifest[..cut]);

            using (await OutputFolders.OpenAsync(copy.Path))
            {
                FolderVerifier.Verify(new OutputFolder(copy.Path)).Faults.ShouldBeEmpty();
                Directory.GetFiles(copy.File("data")).Length.ShouldBe(Manifest.Read(new OutputFolder(copy.Path))!.Files.Count());
            }
        }
    }

    private static string Query(TemporaryFolder folder, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace("'data/", $"'{folder.Path}/data/").Replace("'failures/", $"'{folder.Path}/failures/");
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
    }
}
