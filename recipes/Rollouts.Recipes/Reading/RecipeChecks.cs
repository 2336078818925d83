using System.Text.RegularExpressions;
using Rollouts.Actors.Nats;
using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>What a recipe's sections ask of each other, beyond types and ranges.</summary>
internal static class RecipeChecks
{
    public static void Check(Recipe recipe, YamlMappingNode root, RecipeBinder binder)
    {
        if (!NameRules.IsName(recipe.Name)) binder.Fault(At(root, "name"), "'name' is 1 to 64 letters, digits, - or _");
        else if (!recipe.Transport.IsLocal && NameRules.FaultOfJob(recipe.Name) is { } fault) binder.Fault(At(root, "name"), fault);
        CheckPrompts(recipe.Prompts, At(root, "prompts"), binder);
        CheckSampling(recipe.Sampling, At(root, "sampling"), "sampling.", binder);
        if (recipe.Actors.IsEmpty) binder.Fault(At(root, "actors"), "'actors' needs at least one pool");
        Duplicates(recipe.Actors.Select(a => a.Name), At(root, "actors"), "actor name", binder);
        for (var i = 0; i < recipe.Actors.Length; i++)
            if (!NameRules.IsName(recipe.Actors[i].Name)) binder.Fault(At(root, "actors", i), $"'actors[{i}].name' is 1 to 64 letters, digits, - or _");
        Duplicates(recipe.Rewards.Select(NameOf), At(root, "rewards"), "reward name", binder);
        for (var i = 0; i < recipe.Rewards.Length; i++) CheckReward(recipe.Rewards[i], $"rewards[{i}]", At(root, "rewards", i), binder);
    }

    /// <summary>What sampling keys ask of each other; each fault at its key.</summary>
    public static void CheckSampling(SamplingSection sampling, YamlNode node, string path, RecipeBinder binder)
    {
        foreach (var fault in SamplingRules.Faults(sampling.ToParams())) binder.Fault(node is YamlMappingNode keys ? At(keys, fault.Key) : node, $"'{path}{fault.Key}' {fault.Message}");
    }

    private static void CheckPrompts(PromptsSection prompts, YamlNode node, RecipeBinder binder)
    {
        if (new[] { prompts.Text, prompts.Messages, prompts.TokenIds }.Count(column => column is not null) != 1) binder.Fault(node, "'prompts' needs exactly one of text, messages and token_ids");
        if (prompts.Chat && prompts.TokenIds is not null) binder.Fault(node, "'prompts.chat' renders text or messages; token_ids are used as they are");
        if (prompts.IsChat) return;
        foreach (var (key, isSet) in new[] { ("tools", prompts.Tools is not null), ("system", prompts.System is not null), ("template_variables", prompts.TemplateVariables is not null) })
            if (isSet) binder.Fault(node, $"'prompts.{key}' is for a chat; add chat: true, or take messages");
    }

    /// <summary>A reward's name: its own, or its kind.</summary>
    public static string NameOf(RewardSection reward) => reward.Name ?? Names.Key(reward.Kind.ToString());

    private static void CheckReward(RewardSection reward, string path, YamlNode node, RecipeBinder binder)
    {
        var missing = reward.Kind switch
        {
            RewardKind.ExactMatch or RewardKind.Numeric or RewardKind.Math when reward.Answer is null => "answer",
            RewardKind.Regex or RewardKind.Format when reward.Pattern is null => "pattern",
            RewardKind.Length when reward.Target is null => "target",
            RewardKind.Process when reward.Command.IsEmpty => "command",
            _ => null,
        };
        if (missing is not null) binder.Fault(node, $"'{path}.{missing}' is missing; a reward of kind {Names.Key(reward.Kind.ToString())} needs it");
        foreach (var (key, pattern) in new[] { ("extract", reward.Extract), ("pattern", reward.Pattern) })
        {
            if (pattern is null) continue;
            try
            {
                _ = new Regex(pattern);
            }
            catch (ArgumentException e)
            {
                binder.Fault(node, $"'{path}.{key}' is no regular expression: {e.Message}");
            }
        }
    }

    private static void Duplicates(IEnumerable<string> names, YamlNode node, string what, RecipeBinder binder)
    {
        foreach (var twice in names.GroupBy(n => n).Where(g => g.Count() > 1)) binder.Fault(node, $"the {what} '{twice.Key}' occurs twice");
    }

    /// <summary>Where a key stands, or its mapping where it does not.</summary>
    internal static YamlNode At(YamlMappingNode root, string key, int? item = null)
    {
        var node = root.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : root;
        return item is { } i && node is YamlSequenceNode list && i < list.Children.Count ? list.Children[i] : node;
    }
}
