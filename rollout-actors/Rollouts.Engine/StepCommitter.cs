using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;

namespace Rollouts.Engine;

/// <summary>Takes the tokens of a step that is done: appends them, finds what has ended, gives blocks back.</summary>
internal sealed class StepCommitter(Scheduler scheduler, ITokenizer tokenizer, ImmutableArray<int> eosTokens)
{
    /// <summary>Completion tokens committed so far.</summary>
    public long NumGenerated { get; private set; }

    public void Commit(StepTicket step)
    {
        var now = Stopwatch.GetTimestamp();
        for (var i = 0; i < step.Items.Count; i++)
        {
            var item = step.Items[i];
            var sequence = item.Sequence;
            sequence.NumInFlight--;
            if (sequence.StartedAt == 0) sequence.StartedAt = now;
            // A token that was in flight when its sequence ended is dropped unseen.
            sequence.CommitScored(item);
            if (!sequence.IsFinished && item.Draws) Take(step, i, now);
            if (!sequence.IsFinished) scheduler.PublishCommitted(sequence);
            else if (sequence.NumInFlight == 0) scheduler.Remove(sequence);
        }
    }

    /// <summary>Ends a sequence with its tokens so far. No step in flight may have it.</summary>
    public void Abort(Sequence sequence)
    {
        End(sequence, null);
        scheduler.Remove(sequence);
    }

    /// <summary>The terminal event of a sequence that did not end by itself.</summary>
    public void End(Sequence sequence, RolloutFailure? failure) =>
        sequence.Finish(failure is null ? FinishReason.Aborted : FinishReason.Failed, null, tokenizer.Decode(sequence.Completion, skipSpecialTokens: true), Timing(sequence), failure);

    private void Take(StepTicket step, int index, long now)
    {
        var item = step.Items[index];
        var sequence = item.Sequence;
        if (sequence.FirstTokenAt == 0) sequence.FirstTokenAt = now;
        if (sequence.Request.Score)
        {
            sequence.Finish(FinishReason.Length, null, "", Timing(sequence));
            return;
        }

        var (token, logProb) = (step.Tokens[index], step.LogProbs[index]);
        sequence.Append(token, logProb, step.Version);
        if (item.TopK > 0) sequence.AppendTop(step.TopTokens.AsSpan(item.TopAt, item.TopK), step.TopLogProbs.AsSpan(item.TopAt, item.TopK));
        NumGenerated++;
        var ends = IsStop(token, sequence.Request.Sampling);
        var (stop, at) = ends ? default : FindStop(sequence, token);
        // What ends a completion is not told before it is known how much of it stays in the text.
        sequence.Deltas?.Add(token, logProb, ends || stop is not null ? "" : sequence.Text!.Release());
        if (ends) EndAtToken(sequence, token);
        else if (stop is not null) sequence.Finish(FinishReason.Stop, stop, sequence.Text!.Upto(sequence.Request.Sampling.IncludeStop ? at + stop.Length : at), Timing(sequence));
        else if (sequence.Tokens.Length >= sequence.MaxCount) sequence.Finish(FinishReason.Length, null, tokenizer.Decode(sequence.Completion, skipSpecialTokens: true), Timing(sequence));
    }

    /// <summary>The stop string that a token completes, once min_tokens came before it.</summary>
    private static (string? Stop, int At) FindStop(Sequence sequence, int token)
    {
        var found = sequence.Text?.Add(token) ?? default;
        return sequence.Completion.Length > sequence.Request.Sampling.MinTokens ? found : default;
    }

    private bool IsStop(int token, SamplingParams sampling) =>
        (!sampling.IgnoreEos && eosTokens.Contains(token)) || sampling.StopTokenIds.Contains(token);

    private void EndAtToken(Sequence sequence, int token)
    {
        var text = tokenizer.Decode(sequence.Completion[..^1], skipSpecialTokens: true);
        if (sequence.Request.Sampling.IncludeStop) text += tokenizer.Decode([token], skipSpecialTokens: false);
        sequence.Finish(FinishReason.Stop, token.ToString(CultureInfo.InvariantCulture), text, Timing(sequence));
    }

    private static CompletionTiming Timing(Sequence sequence)
    {
        var now = Stopwatch.GetTimestamp();
        var started = sequence.StartedAt == 0 ? now : sequence.StartedAt;
        var first = sequence.FirstTokenAt == 0 ? now : sequence.FirstTokenAt;
        return new CompletionTiming(Ms(sequence.QueuedAt, started), Ms(started, first), Ms(first, now));
    }

    private static float Ms(long from, long to) => (float)Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
