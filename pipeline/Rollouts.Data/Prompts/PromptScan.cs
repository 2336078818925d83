namespace Rollouts.Data;

/// <summary>What one pass over the prompts found before a run starts.</summary>
/// <param name="Schema">The source's columns and their types.</param>
/// <param name="Count">Rows, faulty ones included, up to the limit.</param>
/// <param name="Fingerprint">Hash of all row hashes in order.</param>
/// <param name="Prefix">The same over the first rows that an earlier session had seen; null where there are fewer now.</param>
public sealed record PromptScan(SourceSchema Schema, long Count, string Fingerprint, string? Prefix);
