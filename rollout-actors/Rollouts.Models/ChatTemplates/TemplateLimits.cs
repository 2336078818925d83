namespace Rollouts.Models;

/// <summary>What one rendering may cost. Templates come with downloaded models: one that asks for more ends with a <see cref="TemplateException"/>.</summary>
public sealed record TemplateLimits
{
    /// <summary>Generous for a conversation of a million tokens; a hostile template ends within about a second.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>Nodes evaluated, items visited and 16-character pieces of text scanned.</summary>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>Characters of the rendered text.</summary>
    public int MaxOutput { get; init; } = 16 << 20;

    /// <summary>Bytes of all values made on the way, summed over the rendering, whether they are still alive or not.</summary>
    public long MaxBytes { get; init; } = 512L << 20;

    /// <summary>Expressions, macro calls and loops inside of each other.</summary>
    public int MaxDepth { get; init; } = 600;
}
