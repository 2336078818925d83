using Rollouts.TestSupport;

namespace Rollouts.Recipes.Tests;

public class RecipeReaderTests
{
    private const string Whole = """
        name: job
        model: { path: model }
        prompts: { path: prompts.jsonl, text: question }
        sampling: { n: 2, max_tokens: 8 }
        actors:
          - { name: local, engine: { kind: synthetic } }
        output: { path: out, seal_after: 1s, bytes_per_file: 1.5MiB }
        """;

    [Fact]
    public void Load_WholeRecipe_HasItsValuesAndDefaults()
    {
        var recipe = Load(Whole);

        recipe.Sampling.N.ShouldBe(2);
        recipe.Output.SealAfter.ShouldBe(TimeSpan.FromSeconds(1));
        recipe.Output.BytesPerFile.Bytes.ShouldBe(3 << 19);
        recipe.Batch.Groups.ShouldBe(8);
        recipe.Deadlines.Drain.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Load_ManyFaults_ListsThemAllWithPlaceAndSuggestion()
    {
        var faults = Faults("""
            name: job
            model: { path: model }
            prompts: { path: prompts.jsonl, text: question }
            sampling: { temprature: 1, n: many, top_p: 2 }
            actors:
              - { name: local, engine: { kind: synthetc } }
            outptu: { path: out }
            """);

        faults.ShouldBe(
        [
            "4:13: unknown key 'sampling.temprature'; did you mean 'temperature'?",
            "4:31: 'sampling.n' is a whole number, not 'many'",
            "4:44: 'sampling.top_p' is 2; it must lie between 1E-06 and 1",
            "4:11: 'sampling.max_tokens' is missing",
            "6:36: 'actors[0].engine.kind' cannot be 'synthetc'; did you mean 'synthetic'?",
            "7:1: unknown key 'outptu'; did you mean 'output'?",
            "1:1: 'output' is missing",
        ]);
    }

    [Theory]
    [InlineData("name: a\nname: b", "Duplicate key")]
    [InlineData("name: [", "not YAML")]
    [InlineData("- a", "one YAML mapping")]
    public void Load_NoRecipe_IsOneFault(string text, string expected) => Faults(text).ShouldHaveSingleItem().ShouldContain(expected);

    [Fact]
    public void Load_SetOptions_OverrideAndAreNamedInFaults()
    {
        Load(Whole, "sampling.n=4", "actors.0.replicas=3", "filter.when_short=keep_best").Actors[0].Replicas.ShouldBe(3);

        var fault = Should.Throw<RecipeException>(() => Load(Whole, "sampling.n=x")).Faults.ShouldHaveSingleItem();
        fault.ToString().ShouldBe("--set sampling.n=x: 'sampling.n' is a whole number, not 'x'");
    }

    [Fact]
    public void ToYaml_ResolvedRecipe_ReadsBackAsTheSame()
    {
        var recipe = Load(Whole);

        RecipeWriter.ToYaml(Load(RecipeWriter.ToYaml(recipe))).ShouldBe(RecipeWriter.ToYaml(recipe));
    }

    [Fact]
    public void ShippedSchema_IsTheOneOfTheRecords() =>
        File.ReadAllText(Path.Combine(Fixtures.Root, "recipes", "schema", "recipe.schema.json")).ShouldBe(RecipeSchema.ToJson(), "write it anew: rollouts schema > recipes/schema/recipe.schema.json");

    private static Recipe Load(string text, params string[] overrides)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), text);
        return RecipeReader.Load(folder.File("recipe.yaml"), overrides).Recipe;
    }

    private static string[] Faults(string text) => [.. Should.Throw<RecipeException>(() => Load(text)).Faults.Select(f => $"{f.Line}:{f.Column}: {f.Message}")];
}
