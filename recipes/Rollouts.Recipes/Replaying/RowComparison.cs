using System.Globalization;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A stored row against what was generated now: tokens, and every log-probability by its bits.</summary>
internal static class RowComparison
{
    /// <summary>The first difference; null where there is none.</summary>
    public static ReplayDifference? Compare(StoredRollout row, Completion replayed)
    {
        var stored = row.Completion;
        if (replayed.Failure is { } failure) return new(row.Id, "the whole row", $"{stored.TokenIds.Length} tokens", failure.Message);
        for (var i = 0; i < Math.Max(stored.TokenIds.Length, replayed.TokenIds.Length); i++)
            if (!SameToken(stored, replayed, i)) return new(row.Id, $"token {i}", Token(stored, i), Token(replayed, i));
        if ((stored.Finish, stored.StopReason) != (replayed.Finish, replayed.StopReason)) return new(row.Id, "the end", End(stored), End(replayed));
        return Top(row, replayed) ?? Prompt(row, replayed) ?? Experts(row, replayed);
    }

    private static bool SameToken(Completion a, Completion b, int i) =>
        i < a.TokenIds.Length && i < b.TokenIds.Length && a.TokenIds[i] == b.TokenIds[i] && (a.LogProbs.IsEmpty || Same(a.LogProbs[i], b.LogProbs[i]));

    private static ReplayDifference? Top(StoredRollout row, Completion replayed)
    {
        var (a, b) = (row.Completion.Top, replayed.Top);
        for (var i = 0; i < a.TokenIds.Length; i++)
            if (a.TokenIds[i] != b.TokenIds[i] || !Same(a.LogProbs[i], b.LogProbs[i]))
                return new(row.Id, $"token {i / a.K}, likeliest {i % a.K}", $"{a.TokenIds[i]} ({Digits(a.LogProbs[i])})", $"{b.TokenIds[i]} ({Digits(b.LogProbs[i])})");
        return null;
    }

    private static ReplayDifference? Prompt(StoredRollout row, Completion replayed)
    {
        var (a, b) = (row.Completion.PromptLogProbs, replayed.PromptLogProbs);
        for (var i = 0; i < a.Length; i++)
            if (!Same(a[i], b[i])) return new(row.Id, $"prompt token {i + 1}", Digits(a[i]), Digits(b[i]));
        return null;
    }

    private static ReplayDifference? Experts(StoredRollout row, Completion replayed)
    {
        var (a, b) = (row.Completion.RoutedExperts, replayed.RoutedExperts);
        if (a.IsEmpty || a.AsSpan().SequenceEqual(b.AsSpan())) return null;
        var at = a.AsSpan().CommonPrefixLength(b.AsSpan());
        return new(row.Id, $"routed experts, byte {at}", at < a.Length ? $"{a[at]}" : "none", at < b.Length ? $"{b[at]}" : "none");
    }

    private static bool Same(float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b);

    private static string Token(Completion completion, int i) => i >= completion.TokenIds.Length
        ? $"no token ({End(completion)})"
        : completion.LogProbs.IsEmpty ? $"{completion.TokenIds[i]}" : $"{completion.TokenIds[i]} ({Digits(completion.LogProbs[i])})";

    private static string End(Completion completion) => completion.StopReason is null ? Names.Key(completion.Finish.ToString()) : $"{Names.Key(completion.Finish.ToString())} at '{completion.StopReason}'";

    private static string Digits(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
