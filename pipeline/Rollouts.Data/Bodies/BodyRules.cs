using System.Collections.Immutable;

namespace Rollouts.Data;

/// <summary>What the parts of a body must be to each other. Writers keep it too, so that no reader is sent what it must refuse.</summary>
internal static class BodyRules
{
    /// <summary>The most siblings of a group.</summary>
    public const int MaxSiblings = 16384;

    public static void Check(RolloutRequest request)
    {
        if (request.PromptTokenIds.IsEmpty) throw new BodyFormatException("the prompt has no tokens");
        CheckId(request.Group, request.Attempt);
        if (request.SoFar.IsEmpty) return;
        if (request.SoFar.Length != request.Sampling.N) throw new BodyFormatException($"{request.SoFar.Length} siblings have something so far, of {request.Sampling.N}");
        foreach (var completion in request.SoFar)
            if (completion is not null) Check(completion, request.PromptTokenIds.Length);
    }

    public static void Check(RolloutAnswer answer)
    {
        CheckId(answer.Group, answer.Attempt);
        if (answer.Result.Completions.Length is 0 or > MaxSiblings) throw new BodyFormatException($"{answer.Result.Completions.Length} completions; a group has 1 to {MaxSiblings}");
        foreach (var completion in answer.Result.Completions) Check(completion, null);
    }

    private static void CheckId(GroupId group, int attempt)
    {
        if (group.Epoch < 0 || attempt < 0) throw new BodyFormatException($"epoch {group.Epoch}, attempt {attempt}: they count from 0");
    }

    /// <param name="promptTokens">Null where the prompt is not at hand.</param>
    private static void Check(Completion completion, int? promptTokens)
    {
        var (tokens, top) = (completion.TokenIds.Length, completion.Top);
        Same(completion.Versions, tokens, "versions");
        if (!completion.LogProbs.IsEmpty) Same(completion.LogProbs, tokens, "log-probabilities");
        if (top.K is < 0 or > LogProbDetail.MaxTopK) throw new BodyFormatException($"top_k is {top.K}; it must lie between 0 and {LogProbDetail.MaxTopK}");
        if (top.TokenIds.Length != (long)tokens * top.K || top.LogProbs.Length != top.TokenIds.Length)
            throw new BodyFormatException($"a completion of {tokens} tokens has {top.TokenIds.Length} likeliest tokens and {top.LogProbs.Length} log-probabilities of theirs, not {tokens} x {top.K}");
        if (promptTokens is { } n && !completion.PromptLogProbs.IsEmpty && completion.PromptLogProbs.Length != n - 1)
            throw new BodyFormatException($"a prompt of {n} tokens has {completion.PromptLogProbs.Length} log-probabilities");
        if (completion.NumPreempted < 0) throw new BodyFormatException($"num_preempted is {completion.NumPreempted}");
        if (completion.Finish == FinishReason.Failed != completion.Failure is not null) throw new BodyFormatException($"a completion that ended as {completion.Finish} {(completion.Failure is null ? "has no failure" : "has a failure")}");
    }

    private static void Same<T>(ImmutableArray<T> values, int tokens, string what)
    {
        if (values.Length != tokens) throw new BodyFormatException($"a completion of {tokens} tokens has {values.Length} {what}");
    }
}
