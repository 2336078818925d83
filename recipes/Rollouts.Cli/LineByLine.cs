using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rollouts.Cli;

/// <summary>The verbs that read and write JSON Lines: every input line gets an answer under its id, a bad one <c>{"id", "error"}</c>. Answers come in the order of the lines.</summary>
internal static class LineByLine
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<string?> InputOption() => new("--input") { Description = "JSON Lines to read. Default: standard input." };

    public static Option<string?> OutputOption() => new("--output") { Description = "Where the answers go. Default: standard output." };

    /// <summary>Answers every line, up to <paramref name="ahead"/> at once.</summary>
    /// <param name="answer">Takes the line's object and its number, from 0.</param>
    public static async Task<int> RunAsync(string? input, string? output, int ahead, Func<JsonObject, long, Task<JsonObject>> answer)
    {
        using var reader = input is null ? Console.In : File.OpenText(input);
        await using var writer = output is null ? Console.Out : File.CreateText(output);
        var open = new Queue<Task<JsonObject>>();
        var faults = 0;
        for (var number = 0L; await reader.ReadLineAsync() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            open.Enqueue(AnswerAsync(line, number, answer));
            if (open.Count >= ahead) await WriteAsync(open.Dequeue());
        }

        while (open.Count > 0) await WriteAsync(open.Dequeue());
        return faults == 0 ? ExitCode.Done : ExitCode.DoneWithFailures;

        async Task WriteAsync(Task<JsonObject> next)
        {
            var result = await next;
            if (result.ContainsKey("error")) faults++;
            await writer.WriteLineAsync(result.ToJsonString(Json));
        }
    }

    /// <summary>Numbers; JSON has no infinity, so that the log-probability of what a filter dropped is null.</summary>
    public static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(v => float.IsFinite(v) ? JsonValue.Create(v) : null)]);

    private static async Task<JsonObject> AnswerAsync(string line, long number, Func<JsonObject, long, Task<JsonObject>> answer)
    {
        JsonNode? id = null;
        try
        {
            var question = JsonNode.Parse(line) as JsonObject ?? throw new FormatException("the line is no JSON object");
            id = question["id"]?.DeepClone();
            return WithId(id, await answer(question, number));
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
