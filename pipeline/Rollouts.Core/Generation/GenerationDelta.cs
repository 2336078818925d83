using System.Collections.Immutable;

namespace Rollouts;

/// <summary>What a sequence has gained since the reader last looked. The last one carries the whole completion.</summary>
/// <param name="TokenIds">New tokens.</param>
/// <param name="LogProbs">One a new token; empty where none are kept.</param>
/// <param name="Text">New text, never half a character nor what may yet become a stop string: all deltas' texts joined are the completion's (of a continued one, what is new).</param>
/// <param name="Completion">Set on the terminal delta only, and there is exactly one.</param>
public sealed record GenerationDelta(ImmutableArray<int> TokenIds, ImmutableArray<float> LogProbs, string Text, Completion? Completion);
