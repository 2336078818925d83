using Rollouts.Actors;
using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>Reads <c>transport</c>: the word local, a URL, or a mapping.</summary>
internal static class TransportReader
{
    /// <summary>The section; null where it has a fault.</summary>
    public static TransportSection? Read(YamlNode node, string path, RecipeBinder binder)
    {
        var before = binder.Faults.Count;
        var section = node switch
        {
            YamlScalarNode { Value: "local" } => TransportSection.Local,
            YamlScalarNode { Value: { } url } when url.Contains("://", StringComparison.Ordinal) => new TransportSection { Url = url },
            YamlMappingNode mapping => Mapping(mapping, path, binder),
            _ => NoTransport(node, path, binder),
        };
        if (section is { IsLocal: false }) Check(section, node, path, binder);
        return binder.Faults.Count == before ? section : null;
    }

    private static TransportSection? Mapping(YamlMappingNode mapping, string path, RecipeBinder binder)
    {
        var section = (TransportSection?)binder.Section(mapping, typeof(TransportSection), path);
        if (section is { IsLocal: true }) binder.Fault(mapping, $"'{path}.url' is missing");
        return section;
    }

    private static TransportSection? NoTransport(YamlNode node, string path, RecipeBinder binder)
    {
        // What was written may hold a password: it is not repeated, unless it is a single word.
        var written = (node as YamlScalarNode)?.Value ?? "";
        var suggestion = written.All(char.IsAsciiLetter) && written.Length > 0 ? $", not '{written}'{Names.Suggest(written, ["local"])}" : "";
        binder.Fault(node, $"'{path}' is local, a URL like nats://host:4222, or a mapping with url{suggestion}");
        return null;
    }

    /// <summary>What the settings of a connection ask of each other; each fault at its key.</summary>
    private static void Check(TransportSection section, YamlNode node, string path, RecipeBinder binder)
    {
        foreach (var fault in NatsSettingsRules.Faults(section.ToSettings(file => file)))
        {
            if (node is YamlMappingNode) binder.Fault(At(node, fault.Key), $"'{path}.{fault.Key}' {fault.Message}");
            else binder.Fault(node, $"'{path}' {fault.Message}");
        }
    }

    private static YamlNode At(YamlNode node, string keys)
    {
        foreach (var key in keys.Split('.'))
            if (node is YamlMappingNode mapping) node = RecipeChecks.At(mapping, key);
        return node;
    }
}
