using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>What a recipe will do, found without taking a device.</summary>
public static class RecipeReport
{
    /// <summary>Lines for a person.</summary>
    public static async Task<IReadOnlyList<string>> CreateAsync(LoadedRecipe loaded, CancellationToken cancellationToken)
    {
        var recipe = loaded.Recipe;
        _ = PromptEncoders.Create(loaded, Tokenizer.Load(loaded.Resolve(recipe.Model.Path)), TimeProvider.System);
        SamplingFit.Require(loaded);
        EngineChecks.Require(loaded);
        var scan = await PromptSources.Create(loaded).ScanAsync(null, cancellationToken);
        return
        [
            $"{scan.Count} prompts x {recipe.Prompts.Epochs} epochs x {recipe.Sampling.N} siblings = {scan.Count * recipe.Prompts.Epochs * recipe.Sampling.N} rollouts",
            $"columns: {string.Join(", ", scan.Schema.Columns.Select(c => $"{c.Name} {c.Type.ToString().ToLowerInvariant()}"))}",
            .. recipe.Actors.SelectMany(pool => Needs(loaded, pool)),
            .. await NodePlacement.LinesAsync(loaded, cancellationToken),
            $"output: {Path.GetFullPath(recipe.Output.Path)}",
        ];
    }

    /// <summary>Reads every weight.</summary>
    /// <returns>A line for a person.</returns>
    /// <exception cref="ModelFormatException">One is NaN or infinite.</exception>
    public static string CheckWeights(LoadedRecipe loaded)
    {
        using var checkpoint = Checkpoint.Open(loaded.Resolve(loaded.Recipe.Model.Path));
        WeightCheck.Run(checkpoint);
        return $"weights: all {checkpoint.Tensors.Count()} tensors are finite";
    }

    private static string Ranks(ParallelSection parallel) => parallel switch
    {
        { Tp: 1 } => "",
        { Ep: 1 } => $", {parallel.Tp} tensor-parallel ranks each",
        _ => $", {parallel.Tp} tensor-parallel ranks each, experts dealt to {parallel.Ep}",
    };

    private static IEnumerable<string> Needs(LoadedRecipe loaded, ActorSection pool)
    {
        yield return $"{pool.Name}: {pool.Replicas} x {Names.Key(pool.Engine.Kind.ToString())} engine on {pool.Device}{Ranks(pool.Parallel)}, {pool.Engine.MaxRunning} sequences each";
        if (pool.Engine.Kind != EngineKind.Model) yield break;
        var folder = loaded.ModelOf(pool).Path;
        var config = ModelConfigReader.Read(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var (type, note) = Dtypes.Resolve(loaded.ModelOf(pool).Dtype, config, pool.Device);
        if (note is not null) yield return note;
        var blockBytes = KvMemory.BlockBytes(config, pool.Parallel.ToPlan(), type, pool.Engine.BlockSize);
        var options = pool.Engine.ToOptions(pool.Parallel.ToPlan(), threads: 1, pool.Device);
        var tokens = options.KvBytes / blockBytes * pool.Engine.BlockSize;
        var room = options.KvShare > 0
            ? $"takes {options.KvShare:P0} of what is free on the GPU, {blockBytes / pool.Engine.BlockSize} bytes a token"
            : $"holds {tokens} tokens, {tokens / Math.Max(1, pool.Engine.MaxRunning)} a sequence at {pool.Engine.MaxRunning} sequences";
        yield return $"{pool.Name}: weights {checkpoint.Tensors.Sum(t => t.Bytes) >> 20} MiB in the files, held as {type}; KV {pool.Engine.KvMemory} {room}; context {config.MaxLength}";
    }
}
