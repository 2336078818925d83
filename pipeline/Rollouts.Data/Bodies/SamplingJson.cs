using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollouts.Data;

/// <summary>Sampling parameters as the JSON text of a body: keys as recipes have them, those left out have their defaults, unknown ones are refused.</summary>
internal static class SamplingJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = new RecipeNames(),
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        MaxDepth = 4,
        Converters = { new DetailConverter(), new JsonStringEnumConverter<LogProbMode>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    // All groups of a job are drawn alike: the text and what it says are worth keeping, one pair at a time.
    private static volatile Pair? _last;

    public static string Write(SamplingParams sampling)
    {
        if (_last is { } last && ReferenceEquals(last.Sampling, sampling)) return last.Json;
        Check(sampling);
        var json = JsonSerializer.Serialize(sampling, Options);
        _last = new Pair(json, sampling);
        return json;
    }

    public static SamplingParams Read(string json)
    {
        if (_last is { } last && last.Json == json) return last.Sampling;
        var sampling = Parse(json);
        _last = new Pair(json, sampling);
        return sampling;
    }

    private static SamplingParams Parse(string json)
    {
        try
        {
            var sampling = JsonSerializer.Deserialize<SamplingParams>(json, Options) ?? throw new BodyFormatException("sampling is null");
            Check(sampling);
            return sampling;
        }
        catch (JsonException e)
        {
            throw new BodyFormatException($"sampling is not what it should be: {e.Message}", e);
        }
    }

    private static void Check(SamplingParams sampling)
    {
        if (SamplingRules.Faults(sampling).FirstOrDefault() is { } fault) throw new BodyFormatException(fault.ToString());
    }

    private sealed record Pair(string Json, SamplingParams Sampling);

    /// <summary>LogProbs is <c>logprobs</c>, one word.</summary>
    private sealed class RecipeNames : JsonNamingPolicy
    {
        public override string ConvertName(string name) => SnakeCaseLower.ConvertName(name.Replace("LogProb", "Logprob", StringComparison.Ordinal));
    }

    private sealed class DetailConverter : JsonConverter<LogProbDetail>
    {
        public override LogProbDetail Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && LogProbDetail.TryParse(reader.GetString()!, out var detail) ? detail : throw new JsonException("logprobs must be \"none\", \"sampled\" or a number of tokens, as a text");

        public override void Write(Utf8JsonWriter writer, LogProbDetail value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
