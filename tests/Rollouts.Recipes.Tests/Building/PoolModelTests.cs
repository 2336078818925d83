using Rollouts.TestSupport;

namespace Rollouts.Recipes.Tests.Building;

/// <summary>Pools with models of their own.</summary>
public class PoolModelTests
{
    private static readonly string Tiny = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    [Fact]
    public void ModelOf_PoolWithoutOne_IsTheRecipes() => Read("").ModelOf(Read("").Recipe.Actors[0]).Path.ShouldBe(Tiny);

    [Fact]
    public void ModelOf_PoolWithOne_IsItsOwn()
    {
        var loaded = Read("model: { path: /other, dtype: float32 }");

        var model = loaded.ModelOf(loaded.Recipe.Actors[0]);

        (model.Path, model.Dtype).ShouldBe(("/other", ModelDtype.Float32));
    }

    [Fact]
    public void Require_PoolModelWithAnotherTokenizer_IsRefused()
    {
        using var folder = Copy();
        File.AppendAllText(folder.File("tokenizer.json"), " ");

        var fault = Should.Throw<RecipeException>(() => EngineChecks.Require(Read($"model: {{ path: {folder.Path} }}")));

        fault.Message.ShouldContain("actor 'a': its model has another tokenizer than model.path");
    }

    [Fact]
    public void Require_CopyOfTheModel_IsTaken()
    {
        using var folder = Copy();

        EngineChecks.Require(Read($"model: {{ path: {folder.Path} }}"));
    }

    private static TemporaryFolder Copy()
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Tiny)) File.Copy(file, folder.File(Path.GetFileName(file)));
        return folder;
    }

    private static LoadedRecipe Read(string pool) => RecipeReader.Read(
        $$"""
        name: t
        model: { path: {{Tiny}} }
        prompts: { path: x.jsonl, text: t }
        sampling: { n: 1, max_tokens: 4 }
        actors: [ { name: a{{(pool.Length > 0 ? ", " + pool : "")}} } ]
        output: { path: out }
        """,
        "recipe.yaml", []);
}
