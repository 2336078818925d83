using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rollouts.Models;
using Rollouts.Training;
using static TorchSharp.torch;

namespace Rollouts.TrainTiny;

/// <summary>Next-token training of the tiny model on drawn problems.</summary>
internal static class TinyTraining
{
    /// <summary>Steps of the shipped model: it answers some of the sample prompts, not all.</summary>
    public const int Steps = 1300;

    private const int BatchSize = 48;
    private const double PeakRate = 3e-3;

    public static void WriteConfig(string folder, int vocabulary)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_size"] = 128, ["intermediate_size"] = 352, ["num_hidden_layers"] = 4,
            ["num_attention_heads"] = 4, ["num_key_value_heads"] = 2, ["head_dim"] = 32, ["vocab_size"] = (vocabulary + 7) / 8 * 8, ["max_position_embeddings"] = 256,
            ["rms_norm_eps"] = 1e-5, ["rope_theta"] = 10000.0, ["rope_scaling"] = null, ["tie_word_embeddings"] = true, ["attention_bias"] = false, ["mlp_bias"] = false,
            ["hidden_act"] = "silu", ["bos_token_id"] = 0, ["eos_token_id"] = 1, ["torch_dtype"] = "bfloat16",
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    public static void Run(string folder, Tokenizer tokenizer, HashSet<string> held, int steps)
    {
        var config = ModelConfigReader.Read(folder);
        using var model = DenseModel.Create(config, seed: 7);
        using var optimizer = optim.AdamW(model.Parameters, lr: PeakRate, weight_decay: 0.01);
        var random = new Random(7);
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < steps; step++)
        {
            foreach (var group in optimizer.ParamGroups) group.LearningRate = Rate(step, steps);
            var loss = Step(model, optimizer, Batch(tokenizer, held, random));
            if (step % 100 == 0) Console.WriteLine($"step {step}, loss {loss:F4}, {clock.Elapsed.TotalSeconds:F0} s");
        }

        CheckpointWriter.Write(folder, model.NamedParameters);
        Console.WriteLine($"{folder}: {model.Parameters.Sum(p => p.numel())} parameters, {clock.Elapsed.TotalSeconds:F0} s");
    }

    private static float Step(DenseModel model, optim.Optimizer optimizer, (long[] Ids, long Width) batch)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(batch.Ids).view(-1, batch.Width);
        optimizer.zero_grad();
        var logits = model.Forward(ids.narrow(1, 0, batch.Width - 1));
        var targets = ids.narrow(1, 1, batch.Width - 1);
        // Rows are filled up with the end token; only its first one in a row is a target.
        var isEnd = targets.eq(1).to(ScalarType.Int64);
        var isFill = isEnd.cumsum(1).gt(1);
        var loss = nn.functional.cross_entropy(logits.reshape(-1, logits.shape[^1]), targets.masked_fill(isFill, -100).reshape(-1));
        loss.backward();
        nn.utils.clip_grad_norm_(model.Parameters, 1.0);
        optimizer.step();
        return loss.item<float>();
    }

    private static (long[] Ids, long Width) Batch(Tokenizer tokenizer, HashSet<string> held, Random random)
    {
        var rows = new List<long[]>();
        while (rows.Count < BatchSize)
        {
            var problem = WordProblem.Draw(random);
            if (held.Contains(problem.Question)) continue;
            rows.Add([
                .. tokenizer.Encode(problem.Question, addSpecialTokens: true, recogniseAddedTokens: false).Select(i => (long)i),
                .. tokenizer.Encode(problem.Solution, addSpecialTokens: false, recogniseAddedTokens: false).Select(i => (long)i), 1]);
        }

        var width = rows.Max(r => r.Length);
        return ([.. rows.SelectMany(r => r.Concat(Enumerable.Repeat(1L, width - r.Length)))], width);
    }

    /// <summary>A short warm-up, then a cosine down to a tenth.</summary>
    private static double Rate(int step, int steps) =>
        step < 100 ? PeakRate * (step + 1) / 100 : PeakRate * (0.1 + 0.45 * (1 + Math.Cos(Math.PI * (step - 100) / Math.Max(1, steps - 100))));
}
