using Rollouts.TestSupport;

namespace Rollouts.Recipes.Tests;

public class ChatRecipeTests
{
    [Fact]
    public void Load_TemplateVariables_KeepTheirShapesAndKinds()
    {
        var prompts = Load("chat: true, text: q, system: Be brief, tools: t, template_variables: { thinking: false, n: 3, x: 1.5, s: '3', none: null, list: [1, a], map: { k: true } }").Prompts;

        prompts.TemplateVariables!.Value.Json.ShouldBe("""{"thinking":false,"n":3,"x":1.5,"s":"3","none":null,"list":[1,"a"],"map":{"k":true}}""");
        (prompts.Chat, prompts.System, prompts.Tools).ShouldBe((true, "Be brief", "t"));
    }

    [Fact]
    public void ToYaml_TemplateVariables_ReadBackTheSame()
    {
        var recipe = Load("messages: m, template_variables: { a: [1, \"it's\"], b: 'x: y' }");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("again.yaml"), RecipeWriter.ToYaml(recipe));

        RecipeReader.Load(folder.File("again.yaml"), []).Recipe.Prompts.ShouldBe(recipe.Prompts);
    }

    [Theory]
    [InlineData("text: q, messages: m", "'prompts' needs exactly one of text, messages and token_ids")]
    [InlineData("token_ids: i, chat: true", "'prompts.chat' renders text or messages")]
    [InlineData("text: q, system: s", "'prompts.system' is for a chat; add chat: true, or take messages")]
    [InlineData("text: q, tools: t", "'prompts.tools' is for a chat")]
    [InlineData("messages: m, template_variables: [1]", "'prompts.template_variables' is a mapping of names to values")]
    public void Load_WhatDoesNotFitAChat_IsAFault(string prompts, string expected) =>
        Should.Throw<RecipeException>(() => Load(prompts)).Message.ShouldContain(expected);

    private static Recipe Load(string prompts)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), $$"""
            name: job
            model: { path: model }
            prompts: { path: prompts.jsonl, {{prompts}} }
            sampling: { max_tokens: 8 }
            actors:
              - { name: local, engine: { kind: synthetic } }
            output: { path: out }
            """);
        return RecipeReader.Load(folder.File("recipe.yaml"), []).Recipe;
    }
}
