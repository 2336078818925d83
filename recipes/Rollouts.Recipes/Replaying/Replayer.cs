using System.Collections.Immutable;
using Rollouts.Data;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>
/// Regenerates rows of an output folder from what they record: model, seed, purpose, epoch, prompt, sibling and versions. Rows run side by side,
/// for in deterministic mode it does not matter which did when they were first drawn.
/// </summary>
public sealed class Replayer
{
    /// <summary>Rows that are held at once.</summary>
    private const int Window = 4096;

    /// <summary>Differences that are reported one by one.</summary>
    private const int MaxDifferences = 20;

    private readonly LoadedRecipe _loaded;
    private readonly SamplingParams _sampling;
    private readonly ImmutableSortedDictionary<int, string> _weights;
    private readonly ImmutableArray<ReplayDifference>.Builder _differences = ImmutableArray.CreateBuilder<ReplayDifference>();
    private readonly Dictionary<string, long> _notReplayable = new(StringComparer.Ordinal);
    private (int Version, ActorSection Pool, IGenerationEngine Engine)? _engine;
    private long _identical;
    private long _different;

    private Replayer(LoadedRecipe loaded, ImmutableSortedDictionary<int, string> weights) =>
        (_loaded, _weights, _sampling) = (loaded, weights, loaded.Recipe.Sampling.ToParams());

    /// <summary>Replays the rows that are meant.</summary>
    /// <param name="output">The output folder of a run.</param>
    /// <param name="weights">Model folders, <c>VERSION=DIR</c>.</param>
    /// <exception cref="RecipeException">The folder's recipe, or an option.</exception>
    /// <exception cref="DataFormatException">The folder.</exception>
    /// <exception cref="ModelFormatException">A model.</exception>
    public static async Task<ReplayReport> RunAsync(string output, RowSelection selection, IReadOnlyList<string> weights, CancellationToken cancellationToken)
    {
        var folder = new OutputFolder(output);
        var header = FolderReader.Require(folder).Header;
        var loaded = RecipeReader.Load(folder.ResolvedRecipe, []);
        var replayer = new Replayer(loaded, ReplayWeights.Read(weights, loaded, header));
        try
        {
            await foreach (var rows in StoredRollouts.ReadAsync(folder, selection, cancellationToken).Chunk(Window).WithCancellation(cancellationToken))
                await replayer.ReplayAsync([.. rows.Select(replayer.Begin).OfType<RowReplay>()], cancellationToken);
        }
        finally
        {
            await replayer.CloseAsync();
        }

        var report = new ReplayReport(replayer._identical, replayer._different, replayer._differences.ToImmutable(), replayer._notReplayable.ToImmutableSortedDictionary(StringComparer.Ordinal), Expectation(loaded.Recipe));
        return report.Replayed + report.NotReplayable.Count > 0 ? report : throw new DataFormatException($"{output}: it has no such row; rollouts inspect shows those that it has");
    }

    /// <summary>A row that can be replayed; null, and counted, where it cannot.</summary>
    private RowReplay? Begin(StoredRollout row)
    {
        var pool = EngineFactory.PoolOf(_loaded.Recipe, row.Actor);
        var missing = row.Completion.Versions.Where(v => !_weights.ContainsKey(v.Value)).Select(v => (int?)v.Value).FirstOrDefault();
        var reason = (pool, row) switch
        {
            (null, _) => $"drawn by the actor '{row.Actor}', which the recipe does not have",
            ({ Engine.Kind: EngineKind.Synthetic }, _) => "drawn by a synthetic engine",
            (_, { KvAfterUpdate: "kept" }) => "KV of older weights was kept across a change of weights",
            (_, { Completion.TokenIds.IsEmpty: true } or { Completion.Finish: FinishReason.Aborted }) => "cut off from outside",
            _ when missing is { } version => $"drawn under version {version}, whose weights were not given (--weights {version}=DIR)",
            _ => null,
        };
        if (reason is null) return new RowReplay(row, _sampling, pool!);
        _notReplayable[reason] = _notReplayable.GetValueOrDefault(reason) + 1;
        return null;
    }

    /// <summary>One model at a time, in the order of versions: a row's later tokens follow its earlier ones.</summary>
    private async Task ReplayAsync(List<RowReplay> rows, CancellationToken cancellationToken)
    {
        while (rows.Where(r => r.Next is not null).GroupBy(r => (r.Next!.Value.Value, r.Pool)).MinBy(g => g.Key.Value) is { } next)
        {
            var engine = await EngineAsync(next.Key.Value, next.Key.Pool);
            await Task.WhenAll(next.ToArray().Select(async row => row.Take(await engine.GenerateAsync(row.Request(), cancellationToken))));
            cancellationToken.ThrowIfCancellationRequested();
        }

        foreach (var row in rows) Count(row.Compare());
    }

    private void Count(ReplayDifference? difference)
    {
        if (difference is null) _identical++;
        else if (_different++ < MaxDifferences) _differences.Add(difference);
    }

    private async Task<IGenerationEngine> EngineAsync(int version, ActorSection pool)
    {
        if (_engine is { } open && open.Version == version && open.Pool == pool) return open.Engine;
        await CloseAsync();
        var tokenizer = Tokenizer.Load(_weights.Values.FirstOrDefault(f => File.Exists(Path.Combine(f, "tokenizer.json")), _weights[version]));
        var engine = EngineFactory.Model(_loaded, pool, _weights[version], tokenizer, Environment.ProcessorCount);
        _engine = (version, pool, engine);
        return engine;
    }

    private async Task CloseAsync()
    {
        if (_engine is { } open) await open.Engine.DisposeAsync();
        _engine = null;
    }

    private static string Expectation(Recipe recipe) => recipe.Actors.All(a => a.Engine.Deterministic)
        ? "made with engine.deterministic: all should be identical"
        : "made without engine.deterministic: rows may differ in rounding, and in what follows from it";
}
