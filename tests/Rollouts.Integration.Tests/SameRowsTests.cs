using Rollouts.Recipes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>The same recipe and seed give the same rows, however many sequences and actors run and however often the run is interrupted.</summary>
public class SameRowsTests
{
    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public async Task Run_AnyPackingActorsAndInterruptions_GivesTheSameRows(string dtype)
    {
        using var folder = new TemporaryFolder();

        var alone = await RowsAsync(folder, "alone", dtype, ["actors.0.engine.max_running=1"]);
        var together = await RowsAsync(folder, "together", dtype, ["actors.0.engine.max_running=64"]);
        var three = await RowsAsync(folder, "three", dtype, ["actors.0.replicas=3"]);
        var interrupted = await RowsAsync(folder, "interrupted", dtype, ["actors.0.engine.max_running=8"], interruptions: 3);

        alone.Length.ShouldBe(24 * 4);
        together.ShouldBe(alone);
        three.ShouldBe(alone);
        interrupted.ShouldBe(alone);
    }

    private static async Task<string[]> RowsAsync(TemporaryFolder folder, string name, string dtype, string[] changes, int interruptions = 0)
    {
        var output = folder.File(name);
        var loaded = RecipeReader.Load(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"),
        [
            $"output.path={output}", $"model.dtype={dtype}", "prompts.limit=24", "sampling.n=4", "filter.zero_variance=keep", "actors.0.engine.deterministic=true", "batch.groups=1", .. changes,
        ]);
        for (var i = 0; i < interruptions; i++) await Interruption.RunAndStopAsync(loaded, tokens: 100);
        await using (var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default)) await job.RunAsync(default);
        return await ComparableRows.ReadAsync(output);
    }
}
