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
        var command = new Command("tokenize", """Turns {"text"} into {"ids"}, {"ids"} into {"text"} and {"messages"} into the {"text"} of the model's chat template, a JSON line each.""") { model, input, output };
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetValue(model)!);
            var chat = new ChatLines(parsed.GetValue(model)!);
            return LineByLine.RunAsync(parsed.GetValue(input), parsed.GetValue(output), 1, (question, _) => Task.FromResult(Answer(tokenizer, chat, question)));
        }));
        return command;
    }

    private static JsonObject Answer(Tokenizer tokenizer, ChatLines chat, JsonObject question)
    {
        if (question["text"] is { } text)
        {
            var ids = tokenizer.Encode(text.GetValue<string>(), question["add_special_tokens"]?.GetValue<bool>() ?? true, recogniseAddedTokens: true);
            return new JsonObject { ["ids"] = new JsonArray([.. ids.Select(i => JsonValue.Create(i))]) };
        }

        if (question["ids"] is JsonArray list)
            return new JsonObject { ["text"] = tokenizer.Decode([.. list.Select(i => i!.GetValue<int>())], question["skip_special_tokens"]?.GetValue<bool>() ?? false) };
        if (question["messages"] is not null) return new JsonObject { ["text"] = chat.Render(question, opensTurn: false) };
        throw new FormatException("the line needs text, ids or messages");
    }
}
