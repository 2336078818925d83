using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Rollouts;

/// <summary>What sampling parameters must be, beyond their types: the ranges of their attributes, what they ask of each other, and that their tokens are of the vocabulary.</summary>
public static class SamplingRules
{
    /// <summary>A bias lies between this and its negative.</summary>
    public const float MaxBias = 100;

    private static readonly ImmutableArray<(PropertyInfo Property, RangeAttribute Range)> Ranges =
        [.. typeof(SamplingParams).GetProperties().Select(p => (p, p.GetCustomAttribute<RangeAttribute>()!)).Where(p => p.Item2 is not null)];

    /// <summary>All that is wrong with parameters before a model is known.</summary>
    public static IEnumerable<SamplingFault> Faults(SamplingParams sampling) => Faults(sampling, int.MaxValue, []);

    /// <summary>All that is wrong with parameters for a model.</summary>
    /// <param name="vocabulary">Its tokens.</param>
    /// <param name="eosTokens">Those of them that end a completion.</param>
    public static IEnumerable<SamplingFault> Faults(SamplingParams sampling, int vocabulary, IReadOnlyCollection<int> eosTokens)
    {
        var tokens = Tokens("stop_token_ids", sampling.StopTokenIds, vocabulary)
            .Concat(Tokens("bad_token_ids", sampling.BadTokenIds, vocabulary))
            .Concat(Tokens("logit_bias", sampling.LogitBias.Select(b => b.TokenId), vocabulary)).ToArray();
        return OutOfRange(sampling).Concat(Contradictions(sampling)).Concat(tokens).Concat(tokens.Length == 0 ? OfVocabulary(sampling, vocabulary, eosTokens) : []);
    }

    private static IEnumerable<SamplingFault> OutOfRange(SamplingParams sampling)
    {
        foreach (var (property, range) in Ranges)
            if (property.GetValue(sampling) is { } value && !Lies(value, range)) yield return new(Key(property.Name), $"is {Digits(value)}; it must lie between {Digits(range.Minimum)} and {Digits(range.Maximum)}");
        if (sampling.LogProbs.TopK is < 0 or > LogProbDetail.MaxTopK) yield return new("logprobs", $"is {sampling.LogProbs}; it must be none, sampled or 1 to {LogProbDetail.MaxTopK}");
        foreach (var (token, bias) in sampling.LogitBias)
            if (!(MathF.Abs(bias) <= MaxBias)) yield return new("logit_bias", $"has {Digits(bias)} for the token {token}; it must lie between -{MaxBias} and {MaxBias}");
    }

    private static IEnumerable<SamplingFault> Contradictions(SamplingParams sampling)
    {
        if (sampling.MinTokens > sampling.MaxTokens) yield return new("min_tokens", $"is {sampling.MinTokens}, more than max_tokens ({sampling.MaxTokens})");
        if (sampling.Stop.Any(string.IsNullOrEmpty)) yield return new("stop", "has an empty text, which every completion begins with");
        foreach (var twice in sampling.LogitBias.GroupBy(b => b.TokenId).Where(g => g.Count() > 1)) yield return new("logit_bias", $"has the token {twice.Key} twice");
    }

    private static IEnumerable<SamplingFault> Tokens(string key, IEnumerable<int> ids, int vocabulary)
    {
        foreach (var id in ids)
            if (id < 0 || id >= vocabulary) yield return new(key, vocabulary == int.MaxValue ? $"has the token {id}, which no vocabulary has" : $"has the token {id}; this model's tokens are 0 to {vocabulary - 1}");
    }

    private static IEnumerable<SamplingFault> OfVocabulary(SamplingParams sampling, int vocabulary, IReadOnlyCollection<int> eosTokens)
    {
        if (sampling.LogProbs.TopK > vocabulary) yield return new("logprobs", $"is {sampling.LogProbs}; this model has {vocabulary} tokens");
        if (sampling.BadTokenIds.IsEmpty && sampling.StopTokenIds.IsEmpty) yield break;
        var barred = sampling.BadTokenIds.ToHashSet();
        if (sampling.MinTokens > 0) barred.UnionWith(sampling.StopTokenIds.Concat(eosTokens));
        if (barred.Count >= vocabulary) yield return new("bad_token_ids", $"leaves no token to draw: {barred.Count} of {vocabulary} are barred{(sampling.MinTokens > 0 ? ", those that end a completion among them (min_tokens)" : "")}");
    }

    // Bounds are rounded as the value was: 0.01f lies in a range from 0.01.
    private static bool Lies(object value, RangeAttribute range) =>
        value is float f ? f >= Convert.ToSingle(range.Minimum, CultureInfo.InvariantCulture) && f <= Convert.ToSingle(range.Maximum, CultureInfo.InvariantCulture) : range.IsValid(value);

    private static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static string Digits(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
