namespace Rollouts;

/// <summary>Names a prompt for good: the source's id column, else <c>row-hash</c> (row counted from 0 over all files, 8 bytes of SHA-256 in hex).</summary>
public readonly record struct PromptId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
