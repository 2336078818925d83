using System.Globalization;
using DuckDB.NET.Data;
using Rollouts.Data;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>A job's folder: its prompts, its recipe, what has come out.</summary>
/// <param name="Groups">Prompts.</param>
internal sealed record CampaignJob(int Groups) : IDisposable
{
    public const string Name = "campaign";
    public const string Pool = "local";

    /// <summary>Groups of eight that an actor of this job runs at once.</summary>
    private const int ActorGroups = 4;

    /// <summary>The lease of actors.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    /// <summary>Siblings a group.</summary>
    public int Siblings { get; init; } = 8;

    /// <summary>Speed of each synthetic sequence.</summary>
    public double TokensPerSecond { get; init; } = 60;

    /// <summary>Tokens of a completion, the median.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Whether a real model generates, the tiny one, and not the synthetic engine.</summary>
    public bool IsTiny { get; init; }

    /// <summary>More lines of the recipe.</summary>
    public string Keys { get; init; } = "";

    /// <summary>Tokens of half of the completions at most; null for three quarters of <see cref="MaxTokens"/>.</summary>
    public int? MedianTokens { get; init; }

    /// <summary>Actors that the job asks nodes for, beyond those that join by themselves.</summary>
    public int Replicas { get; init; } = 1;

    public TemporaryFolder Folder { get; } = new();

    private string Model => IsTiny ? Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic") : Fixtures.Path("tokenizers", "byte-level-llama3");

    private string Engine => IsTiny
        ? "{ max_running: 32 }"
        : string.Create(CultureInfo.InvariantCulture, $"{{ kind: synthetic, max_running: {Math.Max(32, Siblings)}, tokens_per_second: {TokensPerSecond}, median_tokens: {MedianTokens ?? MaxTokens * 3 / 4}, p99_tokens: {MaxTokens} }}");

    /// <summary>A job of many short groups, as even as can be, that lasts for so long and no longer than it must.</summary>
    public static CampaignJob ForMeasurement(int numActors, int seconds)
    {
        const int tokens = 32;
        const double speed = 100;
        return new CampaignJob((int)(seconds * numActors * ActorGroups * speed / tokens)) { TokensPerSecond = speed, MaxTokens = tokens, MedianTokens = tokens };
    }

    /// <summary>Writes prompts and recipe.</summary>
    public async Task WriteAsync(string url)
    {
        await File.WriteAllLinesAsync(Folder.File("prompts.jsonl"), Enumerable.Range(0, Groups).Select(i => $$"""{"id":"p{{i}}","question":"What is {{i}} plus {{i}}?","answer":{{2 * i}}}"""));
        await File.WriteAllTextAsync(Folder.File("job.yaml"), string.Create(CultureInfo.InvariantCulture, $$"""
            name: {{Name}}
            model: { path: {{Model}} }
            prompts: { path: prompts.jsonl, text: question, id: id }
            sampling: { n: {{Siblings}}, max_tokens: {{MaxTokens}}, seed: 3, ignore_eos: {{(IsTiny ? "true" : "false")}} }
            actors:
              - { name: {{Pool}}, replicas: {{Replicas}}, engine: {{Engine}} }
            transport: { url: "{{url}}", lease: {{Lease.TotalSeconds}}s }
            output: { path: out, seal_after: 1s }
            {{Keys}}
            """));
    }

    /// <summary>Every rollout of every prompt exactly once, and the books balance.</summary>
    public void ShouldBeWhole()
    {
        var rollouts = Groups * Siblings;
        var report = FolderVerifier.Verify(new OutputFolder(Folder.File("out")));
        report.Faults.ShouldBeEmpty();
        report.Accounting.Issued.ShouldBe(rollouts);
        report.Accounting.Committed.ShouldBe(rollouts);
        Query("select count(*) from ROWS").ShouldBe(rollouts);
        Query("select count(*) from (select distinct prompt_id, sample_index from ROWS)").ShouldBe(rollouts);
        Query("select count(*) from ROWS where len(completion_token_ids) <> len(logprobs)").ShouldBe(0);
    }

    /// <summary>Rows of the manifest's files: groups with the actor that ran them and the attempt's beginning.</summary>
    public IReadOnlyList<(string Prompt, string Actor, DateTime StartedAt)> Origins()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = WithRows("select prompt_id, actor, min(started_at) from ROWS group by prompt_id, actor");
        using var reader = command.ExecuteReader();
        var origins = new List<(string, string, DateTime)>();
        while (reader.Read()) origins.Add((reader.GetString(0), reader.GetString(1), reader.GetDateTime(2)));
        return origins;
    }

    public void Dispose() => Folder.Dispose();

    private int Query(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = WithRows(sql);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Files that no line of the manifest names are leftovers of a crash: no reader takes them.</summary>
    private string WithRows(string sql)
    {
        var root = Folder.File("out");
        var files = FolderReader.Require(new OutputFolder(root)).Files.Where(f => f.Path.StartsWith("data/", StringComparison.Ordinal)).Select(f => $"'{Path.Combine(root, f.Path)}'");
        return sql.Replace("ROWS", $"read_parquet([{string.Join(',', files)}])", StringComparison.Ordinal);
    }

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        return connection;
    }
}
