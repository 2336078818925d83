using System.Runtime.InteropServices;

namespace Rollouts.Engine;

/// <summary>
/// One request on its way through the engine.
/// Invariants: <c>NumComputed &lt;= NumPlanned</c>; <c>NumPlanned - Tokens.Count</c> tokens are drawn but not committed, at most one a step in flight.
/// </summary>
internal sealed class Sequence
{
    private readonly List<int> _tokens;
    private readonly List<float> _logProbs;
    private readonly List<PolicyVersion> _versions;
    private readonly List<int> _topTokens = [];
    private readonly List<float> _topLogProbs = [];
    private int _numPromptScored;

    public Sequence(GenerationRequest request, int maxLength, long now)
    {
        Request = request;
        QueuedAt = now;
        var sampling = request.Sampling;
        NumPrompt = request.PromptTokenIds.Length;
        MaxCount = Math.Min(maxLength, NumPrompt + sampling.MaxTokens);
        var capacity = MaxCount + 1;
        _tokens = new List<int>(capacity);
        _logProbs = new List<float>(sampling.LogProbs.IsNone ? 0 : capacity - NumPrompt);
        _versions = new List<PolicyVersion>(capacity - NumPrompt);
        _tokens.AddRange(request.PromptTokenIds.AsSpan());
        if (request.Score || sampling.PromptLogProbs) PromptLogProbs = new float[NumPrompt - 1];
        if (request.SoFar is { } soFar) Continue(soFar);
        NumPlanned = _tokens.Count;
        if (sampling.RepetitionPenalty != 1 || sampling.PresencePenalty != 0 || sampling.FrequencyPenalty != 0) History = new TokenHistory(request.PromptTokenIds.AsSpan(), Completion);
        Key = NoiseKey.For(sampling.Seed, request.Id);
    }

    public GenerationRequest Request { get; }

    public NoiseKey Key { get; }

    /// <summary>Tokens of the prompt.</summary>
    public int NumPrompt { get; }

    /// <summary>Tokens of prompt and completion that it may reach.</summary>
    public int MaxCount { get; }

    /// <summary>Seen tokens, where penalties ask for them.</summary>
    public TokenHistory? History { get; }

    /// <summary>Prompt and committed completion.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Committed completion.</summary>
    public ReadOnlySpan<int> Completion => Tokens[NumPrompt..];

    /// <summary>Tokens committed and in flight.</summary>
    public int NumPlanned { get; set; }

    /// <summary>Tokens whose KV is computed, steps in flight included.</summary>
    public int NumComputed { get; set; }

    /// <summary>What stands in the block table for a block behind the window.</summary>
    public const int GivenBack = -1;

    /// <summary>Physical block of each logical block.</summary>
    public List<int> BlockTable { get; } = [];

    /// <summary>Blocks from the first on that no token looks back to any more.</summary>
    public int NumGivenBack { get; set; }

    /// <summary>Full blocks that are named; their chain so far.</summary>
    public int NumPublished { get; set; }

    /// <summary>The last named block's hash.</summary>
    public BlockHash Chain { get; set; }

    /// <summary>Where the runner keeps its last drawn token; -1 while it does not run.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Steps launched and not committed that it is part of.</summary>
    public int NumInFlight { get; set; }

    public int NumPreempted { get; set; }

    /// <summary>Whether its one terminal event has gone out.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Log-probabilities of the prompt's tokens but the first, where they were asked for.</summary>
    public float[]? PromptLogProbs { get; }

    /// <summary>Tokens whose logits are not needed, so that a cached prefix may stand for them: all but the last known, or those up to which the prompt is scored.</summary>
    public int NumReusable => IsScored ? _tokens.Count - 1 : _numPromptScored;

    private bool IsScored => PromptLogProbs is null || _numPromptScored == PromptLogProbs.Length;

    public long QueuedAt { get; }

    public long StartedAt { get; set; }

    public long FirstTokenAt { get; set; }

    /// <summary>Where the result goes.</summary>
    public TaskCompletionSource<Completion> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where deltas go, for callers that read them; with them there is <see cref="Text"/>.</summary>
    public DeltaSlot? Deltas { get; set; }

    /// <summary>Text as it comes, where stop strings or deltas ask for it.</summary>
    public StopWatcher? Text { get; set; }

    /// <summary>Where its routed experts are read, where they are asked for.</summary>
    public RoutingReader? Routing { get; set; }

    /// <summary>Of tokens that are computed together, how many are followed by a prompt token whose log-probability is still wanted.</summary>
    public int NumScored(int start, int count) => IsScored ? 0 : Math.Max(0, Math.Min(start + count, NumPrompt - 1) - start);

    /// <summary>Notes that the log-probabilities of a step stand.</summary>
    public void CommitScored(in StepItem item)
    {
        if (item.NumScored > 0) _numPromptScored = Math.Max(_numPromptScored, item.Start + item.NumScored);
    }

    /// <summary>Commits a drawn token.</summary>
    public void Append(int token, float logProb, PolicyVersion version)
    {
        _tokens.Add(token);
        if (!Request.Sampling.LogProbs.IsNone) _logProbs.Add(logProb);
        _versions.Add(version);
    }

    /// <summary>Commits the likeliest tokens beside it.</summary>
    public void AppendTop(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logProbs)
    {
        _topTokens.AddRange(tokens);
        _topLogProbs.AddRange(logProbs);
    }

    /// <summary>Gives up its KV; all its known tokens are computed again.</summary>
    public void Reset()
    {
        BlockTable.Clear();
        (NumComputed, NumPublished, NumGivenBack, Chain, Slot) = (0, 0, 0, default, -1);
        NumPlanned = _tokens.Count;
    }

    /// <summary>Sends the terminal event; a second one is a fault of ours.</summary>
    public void Finish(FinishReason reason, string? stopReason, string text, CompletionTiming timing, RolloutFailure? failure = null)
    {
        if (IsFinished) throw new InvalidOperationException($"Sequence {Request.Id} ended twice.");
        IsFinished = true;
        var completion = new Completion([.. Completion], [.. _logProbs], [.. _versions], text, reason, stopReason, timing, NumPreempted, failure)
        {
            PromptLogProbs = PromptLogProbs is not null && IsScored ? [.. PromptLogProbs] : [],
            Top = Request.Sampling.LogProbs.TopK is > 0 and var k ? new TopLogProbs(k, [.. _topTokens], [.. _topLogProbs]) : TopLogProbs.None,
            RoutedExperts = Routing?.Read(this) ?? [],
        };
        Deltas?.End(completion, Text!.Rest(text));
        Result.SetResult(completion);
    }

    private void Continue(Completion soFar)
    {
        _tokens.AddRange(soFar.TokenIds.AsSpan());
        if (!Request.Sampling.LogProbs.IsNone) _logProbs.AddRange(soFar.LogProbs.AsSpan());
        _versions.AddRange(soFar.Versions.AsSpan());
        if (Request.Sampling.LogProbs.TopK > 0) AppendTop(soFar.Top.TokenIds.AsSpan(), soFar.Top.LogProbs.AsSpan());
        if (PromptLogProbs is null || soFar.PromptLogProbs.Length != PromptLogProbs.Length) return;
        soFar.PromptLogProbs.CopyTo(PromptLogProbs);
        _numPromptScored = PromptLogProbs.Length;
    }
}
