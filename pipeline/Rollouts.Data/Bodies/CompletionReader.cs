using System.Collections.Immutable;

namespace Rollouts.Data;

/// <summary>Completions out of a body's last column, as <see cref="CompletionWriter"/> has written them.</summary>
internal static class CompletionReader
{
    /// <summary>The items, null where there is none; of no use where the reader has become odd.</summary>
    public static Completion?[] TryRead(ref BufferReader from, bool mayLack)
    {
        var present = from.Structs(mayLack, out var rows);
        if (from.IsOdd) return [];
        var (tokens, logProbs, versions) = (from.Lists<int>(rows), from.Lists<float>(rows), from.Lists<PolicyVersion>(rows));
        if (from.IsOdd) return [];
        var (texts, finishes, stopReasons) = (from.Texts(rows, nullable: false), from.Words<FinishReason>(rows, nullable: false), from.Texts(rows, nullable: true));
        var queue = from.Numbers<float>(rows);
        var prefill = from.Numbers<float>(rows);
        var decode = from.Numbers<float>(rows);
        var preempted = from.Numbers<int>(rows);
        var failures = Failures(ref from, rows);
        var promptLogProbs = from.Lists<float>(rows);
        var k = from.Numbers<int>(rows);
        var (topTokens, topLogProbs, experts) = (from.Lists<int>(rows), from.Lists<float>(rows), from.Bytes(rows));
        if (from.IsOdd) return [];

        var completions = new Completion?[rows];
        for (var i = 0; i < rows; i++)
        {
            if (!BufferReader.IsSet(present, i)) continue;
            var timing = new CompletionTiming(queue[i], prefill[i], decode[i]);
            completions[i] = new Completion(tokens[i], logProbs[i], versions[i], texts[i]!, finishes[i]!.Value, stopReasons[i], timing, preempted[i], failures[i])
            {
                PromptLogProbs = promptLogProbs[i],
                Top = new TopLogProbs(k[i], topTokens[i], topLogProbs[i]),
                RoutedExperts = experts[i],
            };
        }

        return completions;
    }

    private static ImmutableArray<RolloutFailure?> Failures(ref BufferReader from, int rows)
    {
        var (kinds, stages, messages, causes) = (from.Words<FailureKind>(rows, nullable: true), from.Texts(rows, nullable: true), from.Texts(rows, nullable: true), from.Texts(rows, nullable: true));
        var failures = new RolloutFailure?[rows];
        for (var i = 0; i < rows && !from.IsOdd; i++)
        {
            if (kinds[i] is { } kind && stages[i] is { } stage && messages[i] is { } message) failures[i] = new RolloutFailure(kind, stage, message, causes[i]);
            else if (kinds[i] is not null || (stages[i] ?? messages[i] ?? causes[i]) is not null) from.BecomeOdd();
        }

        return [.. failures];
    }
}
