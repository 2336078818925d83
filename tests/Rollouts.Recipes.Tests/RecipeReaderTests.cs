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

    [Fact]
    public void Load_SamplingThatCannotBe_NamesEachKeysPlace()
    {
        var faults = Faults("""
            name: job
            model: { path: model }
            prompts: { path: prompts.jsonl, text: question }
            sampling:
              max_tokens: 8
              min_tokens: 9
              stop: [a, '']
              bad_token_ids: [-1]
              logit_bias: { 5: 101, 6: 1 }
            actors:
              - { name: local, engine: { kind: synthetic } }
            output: { path: out }
            """);

        faults.ShouldBe(
        [
            "9:15: 'sampling.logit_bias' has 101 for the token 5; it must lie between -100 and 100",
            "6:15: 'sampling.min_tokens' is 9, more than max_tokens (8)",
            "7:9: 'sampling.stop' has an empty text, which every completion begins with",
            "8:18: 'sampling.bad_token_ids' has the token -1, which no vocabulary has",
        ]);
    }

    [Theory]
    [InlineData("logprobs=0", "'sampling.logprobs' is none, sampled or a number from 1 to 1024, not '0'")]
    [InlineData("logprobs=all", "'sampling.logprobs' is none, sampled or a number from 1 to 1024, not 'all'")]
    [InlineData("logit_bias=5", "'sampling.logit_bias' is a mapping of token ids to numbers")]
    [InlineData("logit_bias={a: 1}", "'sampling.logit_bias' has token ids as keys, not 'a'")]
    [InlineData("logit_bias={5: 1, 05: 1}", "'sampling.logit_bias' has the token 5 twice")]
    [InlineData("logit_bias={5: x}", "'sampling.logit_bias.5' is a number, not 'x'")]
    [InlineData("presence_penalty=101", "'sampling.presence_penalty' is 101; it must lie between -100 and 100")]
    public void Load_SamplingValueOfAnotherKind_SaysWhatItMustBe(string change, string expected) =>
        Should.Throw<RecipeException>(() => Load(Whole, $"sampling.{change}")).Faults.ShouldHaveSingleItem().Message.ShouldBe(expected);

    [Fact]
    public void ToParams_EverySamplingKey_ArrivesAtTheEngine()
    {
        var sampling = Load(Whole, "sampling.logprobs=5", "sampling.logit_bias={7: -1.5, 3: 2}", "sampling.bad_token_ids=[1, 2]", "sampling.min_tokens=4", "sampling.presence_penalty=0.5",
            "sampling.frequency_penalty=-0.25", "sampling.prompt_logprobs=true", "sampling.logprob_mode=processed").Sampling.ToParams();

        sampling.LogProbs.ShouldBe(new LogProbDetail(5));
        sampling.LogitBias.AsEnumerable().ShouldBe([new LogitBias(3, 2), new LogitBias(7, -1.5f)]);
        sampling.BadTokenIds.AsEnumerable().ShouldBe([1, 2]);
        (sampling.MinTokens, sampling.PresencePenalty, sampling.FrequencyPenalty, sampling.PromptLogProbs, sampling.LogProbMode).ShouldBe((4, 0.5f, -0.25f, true, LogProbMode.Processed));
        Load(Whole, "sampling.logprobs=none").Sampling.ToParams().LogProbs.IsNone.ShouldBeTrue();
    }

    [Fact]
    public void Read_VerbSettings_AreCheckedLikeARecipe()
    {
        VerbSettings.Read(["logprobs=3", "engine.max_running=2"]).Sampling.Logprobs.TopK.ShouldBe(3);

        Should.Throw<RecipeException>(() => VerbSettings.Read(["max_tokens=4", "min_tokens=5"])).Faults.ShouldHaveSingleItem().ToString()
            .ShouldBe("--set min_tokens=5: 'min_tokens' is 5, more than max_tokens (4)");
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
        var recipe = Load(Whole, "sampling.logprobs=5", "sampling.logit_bias={7: -1.5, 3: 2}", "sampling.bad_token_ids=[1, 2]");

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
