using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rollouts.TrainTiny;

/// <summary>The sample prompts: problems that the model is not trained on.</summary>
internal static class SamplePrompts
{
    private const int Count = 400;

    /// <summary>Writes them and gives their questions.</summary>
    public static HashSet<string> Write(string path)
    {
        var random = new Random(20261124);
        var questions = new HashSet<string>(StringComparer.Ordinal);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.CreateText(path);
        while (questions.Count < Count)
        {
            var problem = WordProblem.Draw(random);
            if (!questions.Add(problem.Question)) continue;
            var line = new { id = $"arithmetic-{questions.Count - 1:D3}", question = problem.Question, answer = problem.Answer };
            file.WriteLine(JsonSerializer.Serialize(line, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        }

        return questions;
    }
}
