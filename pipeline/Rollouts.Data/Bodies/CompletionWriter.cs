namespace Rollouts.Data;

/// <summary>Completions as a body's last column: a list in one row, of structs.</summary>
internal static class CompletionWriter
{
    /// <summary>Fills the place of a sibling that has nothing yet: the list's item is null, its columns go on.</summary>
    private static readonly Completion Nothing = new([], [], [], "", FinishReason.Aborted, null, default);

    /// <summary>About how many bytes they have, at most.</summary>
    public static int BytesOf(ReadOnlySpan<Completion?> completions)
    {
        var bytes = 0L;
        foreach (var c in completions)
            if (c is not null) bytes += 4L * (c.TokenIds.Length + c.LogProbs.Length + c.Versions.Length + c.PromptLogProbs.Length + c.Top.TokenIds.Length + c.Top.LogProbs.Length + 32) + 3L * c.Text.Length + c.RoutedExperts.Length;
        return bytes <= 1 << 30 ? (int)bytes : throw new BodyFormatException($"the group has {bytes} bytes, more than any body");
    }

    public static void Write(BufferWriter to, ReadOnlySpan<Completion?> completions)
    {
        to.Begin(1, [completions.Length]);
        var present = new bool[completions.Length];
        var rows = new Completion[completions.Length];
        for (var i = 0; i < rows.Length; i++) (present[i], rows[i]) = (completions[i] is not null, completions[i] ?? Nothing);
        to.Present(rows.Length, present);
        WriteColumns(to, rows);
    }

    private static void WriteColumns(BufferWriter to, ReadOnlySpan<Completion> rows)
    {
        to.Lists(rows, static c => c.TokenIds.AsSpan());
        to.Lists(rows, static c => c.LogProbs.AsSpan());
        to.Lists(rows, static c => c.Versions.AsSpan());
        to.Texts(rows, static c => c.Text);
        to.Texts(rows, static c => Words<FinishReason>.Of(c.Finish));
        to.Texts(rows, static c => c.StopReason);
        to.Numbers(rows, static c => c.Timing.QueueMs);
        to.Numbers(rows, static c => c.Timing.PrefillMs);
        to.Numbers(rows, static c => c.Timing.DecodeMs);
        to.Numbers(rows, static c => c.NumPreempted);
        to.Texts(rows, static c => c.Failure is { } failure ? Words<FailureKind>.Of(failure.Kind) : null);
        to.Texts(rows, static c => c.Failure?.Stage);
        to.Texts(rows, static c => c.Failure?.Message);
        to.Texts(rows, static c => c.Failure?.RemoteCause);
        to.Lists(rows, static c => c.PromptLogProbs.AsSpan());
        to.Numbers(rows, static c => c.Top.K);
        to.Lists(rows, static c => c.Top.TokenIds.AsSpan());
        to.Lists(rows, static c => c.Top.LogProbs.AsSpan());
        to.Bytes(rows, static c => c.RoutedExperts.AsSpan());
    }
}
