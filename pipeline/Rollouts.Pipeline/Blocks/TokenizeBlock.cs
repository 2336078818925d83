using System.Collections.Immutable;
using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>Turns prompts into groups of n open rollouts. A prompt that cannot be used becomes a group whose rollouts have failed with kind data.</summary>
internal static class TokenizeBlock
{
    public static IPropagatorBlock<Prompt, RolloutGroup> Create(RolloutGraph graph, IPromptEncoder encoder, PipelineOptions options, TimeProvider time) =>
        graph.Add(new TransformBlock<Prompt, RolloutGroup>(
            graph.Watch<Prompt, RolloutGroup>(prompt => Task.FromResult(Tokenize(prompt, encoder, options, time))),
            new ExecutionDataflowBlockOptions { BoundedCapacity = 64, NameFormat = "tokenize" }));

    private static RolloutGroup Tokenize(Prompt prompt, IPromptEncoder encoder, PipelineOptions options, TimeProvider time)
    {
        if (prompt.Fault is not null) return Failed(prompt, "read", prompt.Fault, options, time);
        ImmutableArray<int> ids;
        try
        {
            ids = encoder.Encode(prompt.Content!);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Failed(prompt, "tokenize", $"{prompt.Location}: {e.Message}", options, time);
        }

        return ids.Length switch
        {
            0 => Failed(prompt, "tokenize", $"{prompt.Location}: the prompt has no tokens", options, time),
            var n when n >= options.MaxLength => Failed(prompt, "tokenize", $"{prompt.Location}: the prompt has {n} tokens, the model's context is {options.MaxLength}", options, time),
            _ => Open(prompt, ids, options, time),
        };
    }

    private static RolloutGroup Open(Prompt prompt, ImmutableArray<int> ids, PipelineOptions options, TimeProvider time) =>
        new(prompt, ids, options.Sampling, Siblings(prompt, null, options, time));

    private static RolloutGroup Failed(Prompt prompt, string stage, string message, PipelineOptions options, TimeProvider time) =>
        new(prompt, [], options.Sampling, Siblings(prompt, new RolloutFailure(FailureKind.Data, stage, message), options, time));

    private static ImmutableArray<Rollout> Siblings(Prompt prompt, RolloutFailure? failure, PipelineOptions options, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return [.. Enumerable.Range(0, options.Sampling.N).Select(i => new Rollout(new RolloutId(prompt.Group, i), 0, null, now, null, Failure: failure))];
    }
}
