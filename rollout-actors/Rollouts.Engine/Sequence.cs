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

    public Sequence(GenerationRequest request, int maxLength, long now)
    {
        Request = request;
        QueuedAt = now;
        var sampling = request.Sampling;
        NumPrompt = request.PromptTokenIds.Length;
        MaxCount = Math.Min(maxLength, NumPrompt + sampling.MaxTokens);
        var capacity = MaxCount + 1;
        _tokens = new List<int>(capacity);
        _logProbs = new List<float>(sampling.MaxTokens);
        _versions = new List<PolicyVersion>(sampling.MaxTokens);
        _tokens.AddRange(request.PromptTokenIds.AsSpan());
        if (request.SoFar is { } soFar)
        {
            _tokens.AddRange(soFar.TokenIds.AsSpan());
            _logProbs.AddRange(soFar.LogProbs.AsSpan());
            _versions.AddRange(soFar.Versions.AsSpan());
        }

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
    public float[]? PromptLogProbs { get; set; }

    public long QueuedAt { get; }

    public long StartedAt { get; set; }

    public long FirstTokenAt { get; set; }

    /// <summary>Where the result goes.</summary>
    public TaskCompletionSource<Completion> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where deltas go, for callers that read them.</summary>
    public DeltaSlot? Deltas { get; set; }

    /// <summary>Text as it comes, where stop strings or deltas ask for it.</summary>
    public StopWatcher? Text { get; set; }

    public void Append(int token, float logProb, PolicyVersion version)
    {
        _tokens.Add(token);
        _logProbs.Add(logProb);
        _versions.Add(version);
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
            PromptLogProbs = PromptLogProbs is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(PromptLogProbs),
        };
        Deltas?.End(completion);
        Result.SetResult(completion);
    }
}
