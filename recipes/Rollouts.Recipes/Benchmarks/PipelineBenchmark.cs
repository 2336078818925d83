using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary><c>bench pipeline</c>: the whole graph on the synthetic engine at no cost a token, from prompts in JSON Lines to committed Parquet, fsync included.</summary>
public static class PipelineBenchmark
{
    private const int Siblings = 8;
    private const int Tokens = 64;

    /// <summary>Runs twice in one process and reports the second, which is warm; memory is looked at ten times on the way.</summary>
    /// <param name="model">A folder with a tokenizer.</param>
    public static async Task<string> RunAsync(string model, int rollouts, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("rollouts-bench-").FullName;
        try
        {
            var recipe = await WriteRecipeAsync(folder, model, rollouts / Siblings, cancellationToken);
            await MeasureAsync(recipe, $"{folder}/warm-up", rollouts / 4 / Siblings, cancellationToken);
            return await MeasureAsync(recipe, $"{folder}/measured", rollouts / Siblings, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> MeasureAsync(string recipe, string output, int groups, CancellationToken cancellationToken)
    {
        var loaded = RecipeReader.Load(recipe, [$"output.path={output}", $"prompts.limit={groups}"]);
        await using var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, cancellationToken);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = WatchMemoryAsync(job, groups * Siblings, watching.Token);
        var clock = Stopwatch.StartNew();
        var summary = await job.RunAsync(cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        await watching.CancelAsync();
        var resident = await memory;
        var report = FolderVerifier.Verify(new OutputFolder(output));
        if (report.Faults.Count > 0) throw new InvalidDataException(report.Faults[0]);
        return string.Create(CultureInfo.InvariantCulture,
            $"{summary.Accounting.Committed} rollouts of {Tokens} tokens in groups of {Siblings}: {seconds:F2} s, {summary.Accounting.Committed / seconds:F0} rollouts/s, {report.Bytes / seconds / 1e6:F1} MB/s of Parquet in {report.Files} files; resident memory over the run, MiB: {resident}; {Environment.ProcessorCount} threads");
    }

    private static async Task<string> WatchMemoryAsync(RolloutJob job, long rollouts, CancellationToken cancellationToken)
    {
        var seen = new StringBuilder();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            for (var tenth = 1; await timer.WaitForNextTickAsync(cancellationToken);)
            {
                if (job.Progress.Accounting.Decided < rollouts * tenth / 10) continue;
                seen.Append(seen.Length > 0 ? " " : "").Append(Environment.WorkingSet >> 20);
                tenth++;
            }
        }
        catch (OperationCanceledException)
        {
        }

        return seen.ToString();
    }

    private static async Task<string> WriteRecipeAsync(string folder, string model, int groups, CancellationToken cancellationToken)
    {
        await File.WriteAllLinesAsync($"{folder}/prompts.jsonl", Enumerable.Range(0, groups).Select(i => JsonSerializer.Serialize(new { id = $"p{i}", question = $"What is {i} plus {i}?", answer = 2 * i })), cancellationToken);
        var recipe = $"{folder}/bench.yaml";
        await File.WriteAllTextAsync(recipe, $$"""
            name: bench
            model: { path: {{Path.GetFullPath(model)}} }
            prompts: { path: prompts.jsonl, text: question, id: id }
            sampling: { n: {{Siblings}}, max_tokens: {{Tokens}}, seed: 1 }
            actors:
              - { name: local, engine: { kind: synthetic, max_running: 256, tokens_per_second: 0, median_tokens: {{Tokens}}, p99_tokens: {{Tokens}} } }
            rewards: [ { kind: length, target: {{Tokens}}, tolerance: 1 } ]
            filter: { zero_variance: keep }
            output: { path: out }
            """, cancellationToken);
        return recipe;
    }
}
