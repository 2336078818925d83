using System.Text.Json.Nodes;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>The random models of the benchmarks, written once each.</summary>
internal static class BenchmarkModels
{
    /// <summary>The 135M-parameter Llama.</summary>
    public static string Llama135M => Folder("llama-135m", RandomModel.Llama135M);

    /// <summary>A folder with nothing but the config of a named shape.</summary>
    /// <exception cref="ModelFormatException">No such shape.</exception>
    public static string Config(string shape)
    {
        var config = RandomModel.Named(shape) ?? throw new ModelFormatException($"--shape {shape}: the shapes are llama-8b, qwen3-0.6b, qwen3-8b and deepseek-v2-lite");
        var folder = Path.Combine(Path.GetTempPath(), "rollouts-bench", "shape-" + shape);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        return folder;
    }

    /// <summary>A folder with a random model of this shape.</summary>
    public static string Folder(string name, Func<JsonObject> config)
    {
        var folder = Path.Combine(Path.GetTempPath(), "rollouts-bench", name);
        if (File.Exists(Path.Combine(folder, "model.safetensors"))) return folder;
        // Beside it first: a run that was cut would leave half a model for the next.
        var partial = folder + ".partial";
        RandomModel.Write(partial, config());
        Directory.Move(partial, folder);
        return folder;
    }
}
