namespace Rollouts;

/// <summary>A prompt as it was read. A row that cannot be used is a prompt too: its <see cref="Fault"/> says why, and its rollouts fail with kind data.</summary>
/// <param name="Group">What its rollouts are counted under.</param>
/// <param name="Content">Null where the row has a fault.</param>
/// <param name="Row">The source row, passed through to the output.</param>
/// <param name="Location">File and line (or row), for messages.</param>
/// <param name="Fault">Why the row cannot be used; null where it can.</param>
public sealed record Prompt(GroupId Group, PromptContent? Content, SourceRow Row, string Location, string? Fault = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Group} ({Location})";
}
