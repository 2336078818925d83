using System.Collections.Immutable;
using System.Text;

namespace Rollouts.Engine;

/// <summary>The one open delta of a sequence: merged until its reader takes it, so a slow reader never stops the loop and nothing piles up.</summary>
/// <param name="keepsLogProbs">Whether log-probabilities are kept.</param>
internal sealed class DeltaSlot(bool keepsLogProbs)
{
    private readonly Lock _lock = new();
    private readonly ImmutableArray<int>.Builder _tokens = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<float>.Builder _logProbs = ImmutableArray.CreateBuilder<float>();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = NewSignal();
    private Completion? _end;

    public void Add(int token, float logProb, string text)
    {
        lock (_lock)
        {
            _tokens.Add(token);
            if (keepsLogProbs) _logProbs.Add(logProb);
            _text.Append(text);
            _changed.TrySetResult();
        }
    }

    /// <param name="rest">Of the completion's text, what was held back.</param>
    public void End(Completion completion, string rest)
    {
        lock (_lock)
        {
            _text.Append(rest);
            _end = completion;
            _changed.TrySetResult();
        }
    }

    /// <summary>Waits for something new and takes all of it. One reader.</summary>
    public async ValueTask<GenerationDelta> TakeAsync()
    {
        await _changed.Task;
        lock (_lock)
        {
            var delta = new GenerationDelta(_tokens.DrainToImmutable(), _logProbs.DrainToImmutable(), _text.ToString(), _end);
            _text.Clear();
            if (_end is null) _changed = NewSignal();
            return delta;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
