using Rollouts.Kernels;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Fuzzing;

namespace Rollouts.Models.Tests.Fuzzing;

public class ConfigFuzzTests
{
    /// <summary>The engine gives a model no more positions than its KV has room for.</summary>
    private const int MaxPositions = 256;

    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "false", "\"head_dim\": 0,", "\"head_dim\": 65536,", "\"num_key_value_heads\": 3,", "\"hidden_size\": 1048576,", "\"vocab_size\": 16777216,",
        "\"num_hidden_layers\": 16384,", "\"rope_scaling\": {},", "\"rope_parameters\": {\"rope_type\": \"yarn\"},", "\"rope_theta\": -1,", "\"factor\": 0,", "\"eos_token_id\": [],", "\"sliding_window\": 1,",
        "\"max_position_embeddings\": 134217728,", "\"n_routed_experts\": 100000,", "\"num_experts_per_tok\": 0,", "\"q_lora_rank\": null,", "\"model_type\": \"llama\",", "\"model_type\": \"deepseek_v3\",", "\"n_group\": 0,", "\"layer_types\": [],",
    ];

    [Theory]
    [InlineData("llama-gqa-llama3rope")]
    [InlineData("qwen3-moe")]
    [InlineData("deepseek-v3")]
    [InlineData("mistral-window")]
    public Task Load_MutatedConfigs_GivesAModelOrATypedError(string name)
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Fixtures.Path("models", name))) File.CreateSymbolicLink(folder.File(Path.GetFileName(file)), file);
        var config = File.ReadAllBytes(folder.File("config.json"));
        File.Delete(folder.File("config.json"));
        return Finish(folder, Campaign.RunAsync(40, seed => Campaign.Json([config], Words, seed), bytes => Load(folder, bytes), error => error is ModelFormatException));
    }

    private static void Load(TemporaryFolder folder, byte[] config)
    {
        File.WriteAllBytes(folder.File("config.json"), config);
        var read = ModelConfigReader.Read(folder.Path);
        using var team = new WorkerTeam(1);
        ModelRegistry.Load(folder.Path, read, new ModelOptions(ElementType.Float32, Math.Min(read.MaxLength, MaxPositions), 16, 4), team).Dispose();
    }

    private static async Task Finish(TemporaryFolder folder, Task campaign)
    {
        using (folder) await campaign;
    }
}
