using Apache.Arrow;

namespace Rollouts.Data;

/// <summary>Completions as the items of a body's list.</summary>
internal static class CompletionColumns
{
    // Fills the place of a sibling that has nothing yet: the list's item is null, its columns go on.
    private static readonly Completion Nothing = new([], [], [], "", FinishReason.Aborted, null, default);

    public static IArrowArray Write(IReadOnlyCollection<Completion?> completions)
    {
        var columns = new ColumnBuilders(BodySchemas.Completion.Fields);
        var valid = new ArrowBuffer.BitmapBuilder(completions.Count);
        foreach (var completion in completions)
        {
            Append(columns, completion ?? Nothing);
            valid.Append(completion is not null);
        }

        return new StructArray(BodySchemas.Completion, completions.Count, columns.Build(), valid.Build(), valid.UnsetBitCount);
    }

    /// <summary>The items, null where there is none.</summary>
    public static Completion?[] Read(StructArray items)
    {
        // Before there are objects: columns that share their bytes hold many empty completions in a small body.
        if (items.Length > BodyRules.MaxSiblings) throw new BodyFormatException($"{items.Length} siblings; a group has up to {BodyRules.MaxSiblings}");
        var columns = new ColumnReaders(items.Fields, BodySchemas.Completion.Fields, items.Length);
        var completions = new Completion?[items.Length];
        for (var i = 0; i < completions.Length; i++)
            if (items.IsValid(i)) completions[i] = Read(columns.Row(i));
        return completions;
    }

    private static void Append(ColumnBuilders to, Completion completion)
    {
        to.Ints(completion.TokenIds.AsSpan());
        to.Floats(completion.LogProbs.AsSpan());
        to.Versions(completion.Versions.AsSpan());
        to.Text(completion.Text);
        to.Text(Words<FinishReason>.Of(completion.Finish));
        to.Text(completion.StopReason);
        to.Float(completion.Timing.QueueMs);
        to.Float(completion.Timing.PrefillMs);
        to.Float(completion.Timing.DecodeMs);
        to.Int(completion.NumPreempted);
        to.Text(completion.Failure is { } failure ? Words<FailureKind>.Of(failure.Kind) : null);
        to.Text(completion.Failure?.Stage);
        to.Text(completion.Failure?.Message);
        to.Text(completion.Failure?.RemoteCause);
        to.Floats(completion.PromptLogProbs.AsSpan());
        to.Int(completion.Top.K);
        to.Ints(completion.Top.TokenIds.AsSpan());
        to.Floats(completion.Top.LogProbs.AsSpan());
        to.Bytes(completion.RoutedExperts.AsSpan());
        to.EndRow();
    }

    private static Completion Read(ColumnReaders from)
    {
        var (tokens, logProbs, versions) = (from.Ints(), from.Floats(), from.Versions());
        var (text, finish, stopReason) = (from.Text(), from.Word<FinishReason>(), from.TextOrNull());
        var timing = new CompletionTiming(from.Float(), from.Float(), from.Float());
        return new Completion(tokens, logProbs, versions, text, finish, stopReason, timing, from.Int(), Failure(from))
        {
            PromptLogProbs = from.Floats(),
            Top = new TopLogProbs(from.Int(), from.Ints(), from.Floats()),
            RoutedExperts = from.Bytes(),
        };
    }

    private static RolloutFailure? Failure(ColumnReaders from)
    {
        var (kind, stage, message, cause) = (from.WordOrNull<FailureKind>(), from.TextOrNull(), from.TextOrNull(), from.TextOrNull());
        if (kind is null && (stage ?? message ?? cause) is not null) throw new BodyFormatException("a completion has a failure without a kind");
        if (kind is null) return null;
        return new RolloutFailure(kind.Value, stage ?? throw Lacks("stage"), message ?? throw Lacks("message"), cause);
    }

    private static BodyFormatException Lacks(string what) => new($"a completion has a failure without a {what}");
}
