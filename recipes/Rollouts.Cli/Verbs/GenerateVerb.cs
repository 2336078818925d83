using System.CommandLine;
using System.Text.Json.Nodes;
using Rollouts.Models;

namespace Rollouts.Cli;

/// <summary><c>rollouts generate --model DIR</c></summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var (model, dtype, set) = (GenerationVerb.ModelOption(), GenerationVerb.DtypeOption(), RunVerb.SetOption());
        var device = GenerationVerb.DeviceOption();
        var (tp, ep) = (GenerationVerb.TensorParallelOption(), GenerationVerb.ExpertParallelOption());
        var (input, output) = (LineByLine.InputOption(), LineByLine.OutputOption());
        var command = new Command("generate", """Completes {"id", "text"}, {"id", "messages"} or {"id", "token_ids"}, a JSON line each.""") { model, dtype, device, tp, ep, set, input, output };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var chat = new ChatLines(parsed.GetValue(model)!);
            var (engine, sampling, tokenizer) = GenerationVerb.Start(parsed.GetValue(model)!, parsed.GetValue(dtype), parsed.GetValue(device)!, new ParallelPlan(parsed.GetValue(tp), ExpertParallel: parsed.GetValue(ep)), parsed.GetValue(set) ?? []);
            await using (engine)
                return await LineByLine.RunAsync(parsed.GetValue(input), parsed.GetValue(output), engine.Capacity.MaxRunning * 2, async (question, line) =>
                    Answer(await engine.GenerateAsync(GenerationVerb.Request(question["id"]?.ToString(), line, Prompt(question, tokenizer, chat), sampling), cancellationToken), sampling));
        }));
        return command;
    }

    private static IEnumerable<int> Prompt(JsonObject question, Tokenizer? tokenizer, ChatLines chat)
    {
        if (question["token_ids"] is JsonArray ids) return ids.Select(i => i!.GetValue<int>());
        if (tokenizer is null) throw new FormatException("the line needs token_ids, for the model's folder has no tokenizer.json");
        if (question["text"] is { } text) return tokenizer.Encode(text.GetValue<string>(), addSpecialTokens: true, recogniseAddedTokens: false);
        if (question["messages"] is not null) return tokenizer.Encode(chat.Render(question, opensTurn: true), addSpecialTokens: false, recogniseAddedTokens: true);
        throw new FormatException("the line needs text, messages or token_ids");
    }

    private static JsonObject Answer(Completion completion, SamplingParams sampling)
    {
        if (completion.Failure is { } failure) return new JsonObject { ["error"] = failure.Message };
        var answer = new JsonObject
        {
            ["completion_token_ids"] = Ids(completion.TokenIds),
            ["logprobs"] = LineByLine.Numbers(completion.LogProbs),
            ["text"] = completion.Text,
            ["finish_reason"] = completion.Finish.ToString().ToLowerInvariant(),
        };
        if (completion.Top.K > 0)
        {
            answer["top_token_ids"] = new JsonArray([.. completion.Top.TokenIds.Chunk(completion.Top.K).Select(Ids)]);
            answer["top_logprobs"] = new JsonArray([.. completion.Top.LogProbs.Chunk(completion.Top.K).Select(LineByLine.Numbers)]);
        }

        if (sampling.PromptLogProbs) answer["prompt_logprobs"] = LineByLine.Numbers(completion.PromptLogProbs);
        if (!completion.RoutedExperts.IsEmpty) answer["routed_experts"] = Convert.ToBase64String(completion.RoutedExperts.AsSpan());
        return answer;
    }

    private static JsonArray Ids(IEnumerable<int> ids) => new([.. ids.Select(id => JsonValue.Create(id))]);
}
