namespace Rollouts.Models;

/// <summary>Reads how a config stretches its rotary frequencies: rope_parameters, or rope_scaling with rope_theta beside it.</summary>
internal static class RopeReader
{
    public static (double Theta, RopeScaling Scaling) Read(JsonKeys config)
    {
        var rope = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        var theta = rope?.Number("rope_theta") ?? config.Number("rope_theta") ?? 10000;
        if (theta <= 0) throw config.Broken($"rope_theta {theta} must be above 0");
        return (theta, rope is null ? new RopeScaling.Default() : Scaling(rope, config));
    }

    private static RopeScaling Scaling(JsonKeys rope, JsonKeys config) => (rope.Text("rope_type") ?? rope.Text("type")) switch
    {
        null or "default" => new RopeScaling.Default(),
        "linear" => new RopeScaling.Linear(Factor(rope)),
        "llama3" => new RopeScaling.Llama3(Factor(rope, 8), rope.Number("low_freq_factor") ?? 1, rope.Number("high_freq_factor") ?? 4, OriginalContext(rope, config, 8192)),
        "yarn" => new RopeScaling.Yarn(
            Factor(rope), OriginalContext(rope, config, config.OptionalInt("max_position_embeddings") ?? 2048), rope.Number("beta_fast") ?? 32, rope.Number("beta_slow") ?? 1,
            rope.Number("mscale") ?? 0, rope.Number("mscale_all_dim") ?? 0, rope.Number("attention_factor"), rope.Flag("truncate", otherwise: true)),
        var other => throw config.Broken($"the rope type '{other}' is not supported; default, linear, llama3 and yarn are"),
    };

    private static double Factor(JsonKeys rope, double otherwise = 1)
    {
        var factor = rope.Number("factor") ?? otherwise;
        return factor > 0 ? factor : throw rope.Broken($"the rope factor {factor} must be above 0");
    }

    private static double OriginalContext(JsonKeys rope, JsonKeys config, double otherwise)
    {
        var context = rope.Number("original_max_position_embeddings") ?? config.Number("original_max_position_embeddings") ?? otherwise;
        return context > 0 ? context : throw rope.Broken($"original_max_position_embeddings {context} must be above 0");
    }
}
