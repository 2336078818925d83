namespace Rollouts;

/// <summary>A sampling parameter that cannot be.</summary>
/// <param name="Key">As recipes write it: <c>min_tokens</c>.</param>
/// <param name="Message">What is wrong, to follow the key.</param>
public sealed record SamplingFault(string Key, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"sampling.{Key} {Message}";
}
