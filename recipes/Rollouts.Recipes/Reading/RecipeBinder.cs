using System.Collections;
using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>Binds YAML nodes to the recipe's records, strictly: an unknown key, a wrong type or a value out of range is a fault with its place. Goes on after a fault, to list them all.</summary>
/// <param name="file">The recipe's file, for messages.</param>
/// <param name="origins">Nodes that an option put there.</param>
internal sealed class RecipeBinder(string file, IReadOnlyDictionary<YamlNode, string> origins)
{
    private readonly List<RecipeFault> _faults = [];

    public IReadOnlyList<RecipeFault> Faults => _faults;

    /// <summary>Notes a fault at a node's place in the file, or under the option that set it.</summary>
    public void Fault(YamlNode node, string message) => _faults.Add(origins.TryGetValue(node, out var option)
        ? new RecipeFault(option, 0, 0, message)
        : new RecipeFault(file, node.Start.Line, node.Start.Column, message));

    /// <summary>A section; null where it has a fault.</summary>
    public object? Section(YamlNode node, Type type, string path)
    {
        if (node is not YamlMappingNode mapping)
        {
            Fault(node, $"'{path}' is a mapping of keys to values");
            return null;
        }

        var before = _faults.Count;
        var section = RuntimeHelpers.GetUninitializedObject(type);
        if (type.GetConstructor(Type.EmptyTypes) is { } constructor) section = constructor.Invoke(null);
        var keys = Names.Keys(type).ToDictionary(k => k.Key, k => k.Property, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (keyNode, value) in mapping.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (!keys.TryGetValue(key, out var property)) Fault(keyNode, $"unknown key '{Join(path, key)}'{Names.Suggest(key, keys.Keys)}");
            else
            {
                seen.Add(key);
                Set(section, property, value, Join(path, key));
            }
        }

        foreach (var (key, property) in keys)
            if (!seen.Contains(key) && property.GetCustomAttribute<RequiredMemberAttribute>() is not null) Fault(node, $"'{Join(path, key)}' is missing");
        return _faults.Count == before ? section : null;
    }

    private void Set(object section, PropertyInfo property, YamlNode node, string path)
    {
        var nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null || property.PropertyType == typeof(string);
        if (node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } && nullable) return;
        if (Value(node, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, path) is not { } value) return;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
        {
            Fault(node, $"'{path}' is {((YamlScalarNode)node).Value}; it must lie between {Format(range.Minimum)} and {Format(range.Maximum)}");
            return;
        }

        property.SetValue(section, value);
    }

    private object? Value(YamlNode node, Type type, string path)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return List(node, type.GetGenericArguments()[0], path);
        if (type == typeof(ImmutableSortedDictionary<int, double>)) return ByToken(node, path);
        if (type == typeof(TransportSection)) return TransportReader.Read(node, path, this);
        if (type.Namespace == typeof(Recipe).Namespace && type.IsClass) return Section(node, type, path);
        if (type == typeof(TemplateVariables)) return Variables(node, path);
        if (node is not YamlScalarNode { Value: { } text } scalar)
        {
            Fault(node, $"'{path}' is {Describe(type)}, not a {(node is YamlSequenceNode ? "list" : "mapping")}");
            return null;
        }

        var value = Scalar(text, type, quoted: scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted);
        if (value is null) Fault(node, type.IsEnum && !string.IsNullOrEmpty(text)
            ? $"'{path}' cannot be '{text}'{Names.Suggest(text, EnumKeys(type))}"
            : $"'{path}' is {Describe(type)}, not '{text}'");
        return value;
    }

    private object? Variables(YamlNode node, string path)
    {
        var variables = TemplateVariables.Read(node);
        if (variables is null) Fault(node, $"'{path}' is a mapping of names to values");
        return variables;
    }

    private object? List(YamlNode node, Type item, string path)
    {
        if (node is not YamlSequenceNode sequence)
        {
            Fault(node, $"'{path}' is a list");
            return null;
        }

        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        var i = 0;
        foreach (var child in sequence.Children)
            if (Value(child, item, $"{path}[{i++}]") is { } value) items.Add(value);
        return typeof(ImmutableArray).GetMethods().First(m => m.Name == nameof(ImmutableArray.CreateRange) && m.GetParameters().Length == 1)
            .MakeGenericMethod(item).Invoke(null, [items]);
    }

    /// <summary>Numbers by token id.</summary>
    private ImmutableSortedDictionary<int, double>? ByToken(YamlNode node, string path)
    {
        if (node is not YamlMappingNode mapping)
        {
            Fault(node, $"'{path}' is a mapping of token ids to numbers");
            return null;
        }

        var numbers = ImmutableSortedDictionary.CreateBuilder<int, double>();
        foreach (var (keyNode, valueNode) in mapping.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var token)) Fault(keyNode, $"'{path}' has token ids as keys, not '{key}'");
            else if (numbers.ContainsKey(token)) Fault(keyNode, $"'{path}' has the token {token} twice");
            else if (Value(valueNode, typeof(double), Join(path, key)) is double number) numbers.Add(token, number);
        }

        return numbers.ToImmutable();
    }

    private static object? Scalar(string text, Type type, bool quoted)
    {
        var culture = CultureInfo.InvariantCulture;
        if (type == typeof(string)) return text;
        if (type == typeof(TimeSpan)) return Durations.TryParse(text, out var duration) ? duration : null;
        if (type == typeof(KvBudget)) return KvBudget.TryParse(text, out var budget) ? budget : null;
        if (type == typeof(DevicePlacement)) return DevicePlacement.TryParse(text, out var placement) ? placement : null;
        if (type == typeof(ByteSize)) return ByteSize.TryParse(text, out var size) ? size : null;
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().FirstOrDefault(v => Names.Key(v.ToString()!) == text);
        if (type == typeof(LogProbDetail)) return LogProbDetail.TryParse(text, out var detail) ? detail : null;
        if (quoted) return null;
        if (type == typeof(bool)) return text switch { "true" => true, "false" => false, _ => null };
        if (type == typeof(int)) return int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var i) ? i : null;
        if (type == typeof(long)) return long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var l) ? l : null;
        if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, culture, out var d) && double.IsFinite(d) ? d : null;
        throw new NotSupportedException($"No reader for {type.Name}.");
    }

    public static string[] EnumKeys(Type type) => [.. Enum.GetNames(type).Select(Names.Key)];

    private static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(TimeSpan) => "a duration like 10s, 30m or 2h",
        _ when type == typeof(KvBudget) => "a size like 512MiB, a percentage like 80% or auto",
        _ when type == typeof(DevicePlacement) => "cpu, cuda, cuda:1 or cuda:0,1",
        _ when type == typeof(ByteSize) => "a size like 512MiB or 2GiB",
        _ when type == typeof(LogProbDetail) => $"none, sampled or a number from 1 to {LogProbDetail.MaxTopK}",
        _ when type.IsEnum => "one of " + string.Join(", ", EnumKeys(type)),
        _ => "text",
    };

    private static string Format(object bound) => Convert.ToString(bound, CultureInfo.InvariantCulture)!;

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
