using System.CommandLine;
using System.Text.Json.Nodes;
using Rollouts.Models;

namespace Rollouts.Cli;

/// <summary><c>rollouts tokenize --model DIR</c></summary>
internal static class TokenizeVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder.", Required = true };
        var (input, output) = (LineByLine.InputOption(), LineByLine.OutputOption());
        var command = new Command("tokenize", """Turns {"text"} into {"ids"} and {"ids"} into {"text"}, a JSON line each.""") { model, input, output };
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetValue(model)!);
            return LineByLine.RunAsync(parsed.GetValue(input), parsed.GetValue(output), 1, (question, _) => Task.FromResult(Answer(tokenizer, question)));
        }));
        return command;
    }

    private static JsonObject Answer(Tokenizer tokenizer, JsonObject question)
    {
        if (question["text"] is { } text)
        {
            var ids = tokenizer.Encode(text.GetValue<string>(), question["add_special_tokens"]?.GetValue<bool>() ?? true, recogniseAddedTokens: true);
            return new JsonObject { ["ids"] = new JsonArray([.. ids.Select(i => JsonValue.Create(i))]) };
        }

        if (question["ids"] is JsonArray list)
            return new JsonObject { ["text"] = tokenizer.Decode([.. list.Select(i => i!.GetValue<int>())], question["skip_special_tokens"]?.GetValue<bool>() ?? false) };
        throw new FormatException("the line needs text or ids");
    }
}
