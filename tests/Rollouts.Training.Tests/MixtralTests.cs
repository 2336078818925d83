using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Rollouts.Training.Tests;

/// <summary>Mixtral, for which there is no golden model: random weights under its names, against its definition in plain tensor operations.</summary>
/// <remarks>transformers: models/mixtral/modeling_mixtral.py.</remarks>
public class MixtralTests
{
    private const int Hidden = 32, Experts = 6, Chosen = 2, Width = 40, Heads = 4, KvHeads = 2, HeadSize = 8, Vocabulary = 96, Layers = 2;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task Score_RandomWeights_IsTheDefinition(int tensorParallel, int expertParallel)
    {
        using var folder = new TemporaryFolder();
        int[] tokens = [.. Enumerable.Range(0, 60).Select(t => t * 29 % Vocabulary)];
        var expected = WriteAndDefine(folder.Path, tokens);
        await File.WriteAllTextAsync(folder.File("config.json"), $$"""
            {"architectures": ["MixtralForCausalLM"], "hidden_size": {{Hidden}}, "intermediate_size": {{Width}}, "num_hidden_layers": {{Layers}}, "num_attention_heads": {{Heads}},
             "num_key_value_heads": {{KvHeads}}, "vocab_size": {{Vocabulary}}, "num_local_experts": {{Experts}}, "num_experts_per_tok": {{Chosen}}, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
             "sliding_window": null, "max_position_embeddings": 256, "hidden_act": "silu", "tie_word_embeddings": false}
            """);

        await using var engine = EngineLoader.Load(
            folder.Path, ElementType.Float32, new EngineOptions { Threads = 2, Parallel = new ParallelPlan(tensorParallel, ExpertParallel: expertParallel) }, new NoTokenizer(Vocabulary));
        var request = new GenerationRequest(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId("p")), 0), [.. tokens], SamplingParams.Greedy) { Score = true };
        var scored = await engine.GenerateAsync(request, default);

        expected.Zip(scored.PromptLogProbs, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-4f);
    }

    // Not async: a scope of tensors belongs to one thread.
    private static float[] WriteAndDefine(string folder, int[] tokens)
    {
        LibTorch.Ensure();
        using var scope = NewDisposeScope();
        var weights = RandomWeights();
        CheckpointWriter.Write(folder, weights.Select(w => (w.Key, w.Value)));
        return Definition(weights, tokens);
    }

    private static Dictionary<string, Tensor> RandomWeights()
    {
        random.manual_seed(5);
        var weights = new Dictionary<string, Tensor>();
        // As they are stored: rounded to bfloat16.
        void Add(string name, params long[] shape) => weights[name] = (name.Contains("norm") ? ones(shape) + randn(shape) * 0.1 : randn(shape) * 0.3).to(ScalarType.BFloat16).to(ScalarType.Float32);
        Add("model.embed_tokens.weight", Vocabulary, Hidden);
        Add("lm_head.weight", Vocabulary, Hidden);
        Add("model.norm.weight", Hidden);
        foreach (var prefix in Enumerable.Range(0, Layers).Select(l => $"model.layers.{l}."))
        {
            Add(prefix + "input_layernorm.weight", Hidden);
            Add(prefix + "post_attention_layernorm.weight", Hidden);
            Add(prefix + "self_attn.q_proj.weight", Heads * HeadSize, Hidden);
            Add(prefix + "self_attn.k_proj.weight", KvHeads * HeadSize, Hidden);
            Add(prefix + "self_attn.v_proj.weight", KvHeads * HeadSize, Hidden);
            Add(prefix + "self_attn.o_proj.weight", Hidden, Heads * HeadSize);
            Add(prefix + "block_sparse_moe.gate.weight", Experts, Hidden);
            foreach (var expert in Enumerable.Range(0, Experts).Select(e => $"{prefix}block_sparse_moe.experts.{e}."))
            {
                Add(expert + "w1.weight", Width, Hidden);
                Add(expert + "w2.weight", Hidden, Width);
                Add(expert + "w3.weight", Width, Hidden);
            }
        }

        return weights;
    }

    private static float[] Definition(Dictionary<string, Tensor> weights, int[] tokens)
    {
        var ids = tensor(tokens.Select(t => (long)t).ToArray());
        Tensor Linear(Tensor x, string name) => nn.functional.linear(x, weights[name + ".weight"]);
        Tensor Norm(Tensor x, string name) => x * rsqrt(x.square().mean([-1], keepdim: true) + 1e-5) * weights[name + ".weight"];
        var x = weights["model.embed_tokens.weight"].index_select(0, ids);                                // [L, D]
        foreach (var prefix in Enumerable.Range(0, Layers).Select(l => $"model.layers.{l}."))
        {
            x = x + Attention(Norm(x, prefix + "input_layernorm"), prefix + "self_attn.", Linear);
            x = x + Mixture(Norm(x, prefix + "post_attention_layernorm"), prefix + "block_sparse_moe.", Linear);
        }

        var logProbs = Linear(Norm(x, "model.norm"), "lm_head").log_softmax(-1).narrow(0, 0, tokens.Length - 1);
        return [.. logProbs.gather(1, ids.narrow(0, 1, tokens.Length - 1).unsqueeze(1)).squeeze(1).data<float>()];
    }

    private static Tensor Attention(Tensor x, string prefix, Func<Tensor, string, Tensor> linear)
    {
        var length = x.shape[0];
        Tensor Of(string matrix, int heads) => linear(x, prefix + matrix).view(length, heads, HeadSize).transpose(0, 1);       // [N, L, H]
        var (q, k, v) = (Rotate(Of("q_proj", Heads)), Rotate(Of("k_proj", KvHeads)), Of("v_proj", KvHeads));
        (k, v) = (k.repeat_interleave(Heads / KvHeads, 0), v.repeat_interleave(Heads / KvHeads, 0));
        var attended = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true);
        return linear(attended.transpose(0, 1).reshape(length, -1), prefix + "o_proj");
    }

    private static Tensor Rotate(Tensor heads)
    {
        var frequencies = tensor(Enumerable.Range(0, HeadSize / 2).Select(i => (float)Math.Pow(10000, -2.0 * i / HeadSize)).ToArray());
        var angles = outer(arange(heads.shape[1], dtype: ScalarType.Float32), frequencies);
        var halves = heads.chunk(2, -1);
        return cat([halves[0] * angles.cos() - halves[1] * angles.sin(), halves[1] * angles.cos() + halves[0] * angles.sin()], -1);
    }

    /// <summary>Every expert over every token; those that were not chosen weigh nothing.</summary>
    private static Tensor Mixture(Tensor x, string prefix, Func<Tensor, string, Tensor> linear)
    {
        var (best, chosen) = linear(x, prefix + "gate").softmax(-1).topk(Chosen, -1);
        var weights = zeros(x.shape[0], Experts).scatter(1, chosen, best / best.sum(-1, keepdim: true));
        var sum = zeros_like(x);
        for (var e = 0; e < Experts; e++)
        {
            var expert = $"{prefix}experts.{e}.";
            sum = sum + weights.narrow(1, e, 1) * linear(nn.functional.silu(linear(x, expert + "w1")) * linear(x, expert + "w3"), expert + "w2");
        }

        return sum;
    }
}
