using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rollouts.Cli;

/// <summary>The verbs that read and write JSON Lines: every input line gets an answer under its id, a bad one <c>{"id", "error"}</c>.</summary>
internal static class LineByLine
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<string?> InputOption() => new("--input") { Description = "JSON Lines to read. Default: standard input." };

    public static Option<string?> OutputOption() => new("--output") { Description = "Where the answers go. Default: standard output." };

    /// <summary>Answers line by line, in order.</summary>
    public static async Task<int> RunAsync(string? input, string? output, Func<JsonObject, JsonObject> answer)
    {
        using var reader = input is null ? Console.In : File.OpenText(input);
        await using var writer = output is null ? Console.Out : File.CreateText(output);
        var faults = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var result = Answer(line, answer);
            if (result.ContainsKey("error")) faults++;
            await writer.WriteLineAsync(result.ToJsonString(Json));
        }

        return faults == 0 ? ExitCode.Done : ExitCode.DoneWithFailures;
    }

    private static JsonObject Answer(string line, Func<JsonObject, JsonObject> answer)
    {
        JsonNode? id = null;
        try
        {
            var question = JsonNode.Parse(line) as JsonObject ?? throw new FormatException("the line is no JSON object");
            id = question["id"]?.DeepClone();
            return WithId(id, answer(question));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return WithId(id, new JsonObject { ["error"] = e.Message });
        }
    }

    private static JsonObject WithId(JsonNode? id, JsonObject answer)
    {
        if (id is not null) answer.Insert(0, "id", id);
        return answer;
    }
}
