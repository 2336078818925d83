using System.CommandLine;
using System.Globalization;
using Rollouts.Engine;
using Rollouts.Models;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary>What <c>generate</c> and <c>score</c> share: a model on this machine, and settings as <c>--set key=value</c> (engine keys as <c>engine.key</c>).</summary>
internal static class GenerationVerb
{
    public static Option<string> ModelOption() => new("--model") { Description = "The model folder.", Required = true };

    public static Option<ModelDtype> DtypeOption() => new("--dtype") { Description = "auto, float32 or bfloat16." };

    public static Option<string> DeviceOption() => new("--device") { Description = "cpu, cuda, cuda:N, or cuda:N,M with --tp. Default cpu.", DefaultValueFactory = _ => "cpu" };

    /// <exception cref="ArgumentException">The text is no device.</exception>
    public static DevicePlacement Placement(string text) => DevicePlacement.TryParse(text, out var placement) ? placement : throw new ArgumentException($"--device {text}: cpu, cuda, cuda:1 or cuda:0,1");

    public static Option<int> TensorParallelOption() => new("--tp") { Description = "Ranks that share each matrix. Default 1.", DefaultValueFactory = _ => 1 };

    public static Option<int> ExpertParallelOption() => new("--ep") { Description = "Groups of those ranks that experts are dealt to. Default 1.", DefaultValueFactory = _ => 1 };

    /// <summary>Loads an engine; the rest of the settings are the sampling's. Without a tokenizer, token ids alone can be asked about.</summary>
    public static (Engine.Engine Engine, SamplingParams Sampling, Tokenizer? Tokenizer) Start(string model, ModelDtype dtype, string device, ParallelPlan parallel, string[] settings)
    {
        var tokenizer = !Directory.Exists(model) || File.Exists(Path.Combine(model, "tokenizer.json")) ? Tokenizer.Load(model) : null;
        var config = ModelConfigReader.Read(model);
        var placement = Placement(device);
        var (type, note) = Dtypes.Resolve(dtype, config, placement);
        if (note is not null) Console.Error.WriteLine(note);
        var section = VerbSettings.Read(settings);
        var sampling = section.Sampling.ToParams();
        SamplingFit.Require(sampling, config, "--set");
        if (tokenizer is null && !sampling.Stop.IsEmpty) throw new ModelFormatException($"{model}/tokenizer.json: no such file; stop strings need a tokenizer, stop_token_ids do not");
        var options = section.Engine.ToOptions(parallel, Environment.ProcessorCount, placement);
        return (EngineLoader.Load(model, type, options, tokenizer is null ? new NoTokenizer(config.VocabularySize) : tokenizer), sampling, tokenizer);
    }

    /// <summary>A request whose noise follows from its id alone: epoch 0, sibling 0.</summary>
    public static GenerationRequest Request(string? id, long line, IEnumerable<int> prompt, SamplingParams sampling) => new(
        new RolloutId(new GroupId(Purpose.Train, 0, new PromptId(id ?? line.ToString(CultureInfo.InvariantCulture))), 0), [.. prompt], sampling);
}
