using Rollouts.Models;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>From a recipe to what turns its prompts into token ids.</summary>
internal static class PromptEncoders
{
    /// <exception cref="RecipeException">The prompts are a chat, and the model has no chat template.</exception>
    /// <exception cref="ModelFormatException">The model's chat template cannot be read.</exception>
    public static IPromptEncoder Create(LoadedRecipe loaded, ITokenizer tokenizer, TimeProvider time)
    {
        var prompts = loaded.Recipe.Prompts;
        var text = new TextEncoder(tokenizer, prompts.SpecialTokens);
        return Templates(loaded, time) is { } templates ? new ChatEncoder(templates, tokenizer, prompts, text) : text;
    }

    /// <summary>The templates that the recipe's prompts need; null where they need none.</summary>
    public static ChatTemplateSet? Templates(LoadedRecipe loaded, TimeProvider time)
    {
        var prompts = loaded.Recipe.Prompts;
        if (!prompts.IsChat) return null;
        var folder = loaded.Resolve(loaded.Recipe.Model.Path);
        return ChatTemplateSet.Load(folder, time) ?? throw new RecipeException(loaded.File,
            $"'prompts.{(prompts.Messages is null ? "chat" : "messages")}' needs a chat template, and the model in {folder} has none (chat_template.jinja, or chat_template in tokenizer_config.json); use an instruction-tuned model, or prompts.text with chat: false");
    }
}
