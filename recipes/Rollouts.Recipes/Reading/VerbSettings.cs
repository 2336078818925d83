using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>Settings of the verbs that take no recipe: sampling keys bare, engine keys as <c>engine.key</c>.</summary>
/// <param name="Sampling">How tokens are drawn; max_tokens is 128 unless it is set.</param>
/// <param name="Engine">The engine.</param>
public sealed record VerbSettings(SamplingSection Sampling, EngineSection Engine)
{
    /// <exception cref="RecipeException">An unknown key, a wrong type, a value out of range: all at once.</exception>
    public static VerbSettings Read(IReadOnlyList<string> settings)
    {
        var (sampling, engine) = (new YamlMappingNode { { "max_tokens", "128" } }, new YamlMappingNode());
        var origins = new Dictionary<YamlNode, string>(ReferenceEqualityComparer.Instance);
        foreach (var setting in settings)
        {
            var isEngine = setting.StartsWith("engine.", StringComparison.Ordinal);
            RecipeReader.Override(isEngine ? engine : sampling, isEngine ? setting["engine.".Length..] : setting, origins);
        }

        var binder = new RecipeBinder("--set", origins);
        var result = ((SamplingSection?)binder.Section(sampling, typeof(SamplingSection), ""), (EngineSection?)binder.Section(engine, typeof(EngineSection), "engine"));
        if (result.Item1 is { } section) RecipeChecks.CheckSampling(section, sampling, "", binder);
        return binder.Faults.Count == 0 ? new VerbSettings(result.Item1!, result.Item2!) : throw new RecipeException(binder.Faults);
    }
}
