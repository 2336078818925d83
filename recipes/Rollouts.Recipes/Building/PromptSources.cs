using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>The prompt source that a recipe names.</summary>
internal static class PromptSources
{
    /// <exception cref="DataFormatException">Nothing is at its path.</exception>
    public static PromptSource Create(LoadedRecipe loaded)
    {
        var prompts = loaded.Recipe.Prompts;
        return new PromptSource(new PromptSourceOptions(
            PromptPaths.Expand(loaded.Resolve(prompts.Path)),
            prompts.Text is not null ? PromptContentKind.Text : prompts.Messages is not null ? PromptContentKind.Messages : PromptContentKind.TokenIds,
            prompts.Text ?? prompts.Messages ?? prompts.TokenIds!,
            prompts.Id,
            prompts.Tools,
            Limit: prompts.Limit,
            Epochs: prompts.Epochs,
            ShuffleSeed: prompts.Shuffle ? loaded.Recipe.Sampling.Seed : null));
    }
}
