using System.Collections.Immutable;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A row on its way through replay: one stretch of tokens for each policy version that it was drawn under, each continued from the one before.</summary>
/// <param name="row">The stored row.</param>
/// <param name="sampling">The run's sampling.</param>
/// <param name="pool">The pool that drew it.</param>
internal sealed class RowReplay(StoredRollout row, SamplingParams sampling, ActorSection pool)
{
    private readonly ImmutableArray<PolicyVersion> _versions = row.Completion.Versions;
    private Completion? _soFar;
    private bool _isDone;

    public StoredRollout Row => row;

    public ActorSection Pool => pool;

    /// <summary>The version that draws next; null where nothing is left to draw.</summary>
    public PolicyVersion? Next => _isDone ? null : _versions[_soFar?.TokenIds.Length ?? 0];

    /// <summary>The next stretch.</summary>
    public GenerationRequest Request()
    {
        var end = End;
        // The last stretch ends by itself; the others end where the weights changed.
        var limit = end == _versions.Length ? sampling.MaxTokens : end;
        return new GenerationRequest(row.Id, row.PromptTokenIds, sampling with
        {
            Seed = row.Seed,
            MaxTokens = limit,
            MinTokens = Math.Min(sampling.MinTokens, limit),
            PromptLogProbs = sampling.PromptLogProbs && !row.Completion.PromptLogProbs.IsEmpty,
        }, _soFar);
    }

    /// <summary>Takes what was generated; after a stretch that ended elsewhere the row has its difference, and is done.</summary>
    public void Take(Completion completion)
    {
        _isDone = End == _versions.Length || completion.TokenIds.Length != End;
        _soFar = completion;
    }

    /// <summary>The first difference of a row that is done.</summary>
    public ReplayDifference? Compare() => RowComparison.Compare(row, _soFar!);

    private int End
    {
        get
        {
            var end = _soFar?.TokenIds.Length ?? 0;
            for (var version = _versions[end]; end < _versions.Length && _versions[end] == version;) end++;
            return end;
        }
    }
}
