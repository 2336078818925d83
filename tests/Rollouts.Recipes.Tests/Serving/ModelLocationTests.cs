using Rollouts.TestSupport;

namespace Rollouts.Recipes.Tests.Serving;

public class ModelLocationTests
{
    private static readonly string Tiny = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    [Fact]
    public void Find_AtTheRecipesPath_IsThere() => ModelLocation.Find(Tiny, null, ModelLocation.Fingerprint(Tiny)).ShouldBe(Tiny);

    [Fact]
    public void Find_OnlyUnderTheFolderOfModels_IsFoundByItsLastPart() =>
        ModelLocation.Find("/elsewhere/tiny-arithmetic", Path.GetDirectoryName(Tiny), ModelLocation.Fingerprint(Tiny)).ShouldBe(Tiny);

    [Fact]
    public void Find_InNeitherPlace_NamesBoth()
    {
        var fault = Should.Throw<RecipeException>(() => ModelLocation.Find("/elsewhere/other", "/models", ""));

        fault.Message.ShouldContain("looked for /elsewhere/other and /models/other");
    }

    [Fact]
    public void Find_AnotherModel_SaysWhichFileDiffers()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Tiny)) File.Copy(file, folder.File(Path.GetFileName(file)));
        var original = ModelLocation.Fingerprint(folder.Path);
        File.AppendAllText(folder.File("config.json"), " ");

        var fault = Should.Throw<RecipeException>(() => ModelLocation.Find(folder.Path, null, original));

        fault.Message.ShouldContain("another model than the job's: config.json has fingerprint");
    }
}
