using System.Collections.Immutable;

namespace Rollouts.Engine;

/// <summary>The engine's door: what cannot be run is answered at once, with a failure of kind data that says why.</summary>
internal sealed class RequestCheck(int maxLength, int vocabulary, ImmutableArray<int> eosTokens)
{
    /// <summary>The answer to a request that is not to run; null where it is.</summary>
    public Completion? Refuse(GenerationRequest request)
    {
        if ((Prompt(request) ?? Sampling(request) ?? Continuation(request)) is { } fault) return Completion.Failed(new RolloutFailure(FailureKind.Data, "generate", fault));
        var isWhole = request.SoFar is { } soFar && soFar.TokenIds.Length >= request.Sampling.MaxTokens;
        return isWhole ? request.SoFar! with { Finish = FinishReason.Length } : null;
    }

    /// <summary>Tokens of prompt and completion that a sequence may reach; a prompt that is only scored draws one more, which is dropped.</summary>
    public int MaxCount(GenerationRequest request) => maxLength + (request.Score ? 1 : 0);

    private string? Prompt(GenerationRequest request)
    {
        var prompt = request.PromptTokenIds;
        var known = prompt.Length + (request.SoFar?.TokenIds.Length ?? 0);
        if (prompt.IsEmpty) return "the prompt has no tokens";
        foreach (var token in prompt)
            if (token < 0 || token >= vocabulary) return $"the prompt has the token {token}; this model's tokens are 0 to {vocabulary - 1}";
        return known >= MaxCount(request) ? $"the prompt has {known} tokens, this engine takes {maxLength} (the model's context, or what fits into engine.kv_memory)" : null;
    }

    private string? Sampling(GenerationRequest request) => request.Score ? null : SamplingRules.Faults(request.Sampling, vocabulary, eosTokens).FirstOrDefault()?.ToString();

    /// <summary>A completion to continue has everything that the whole one will have, a value a token.</summary>
    private string? Continuation(GenerationRequest request)
    {
        if (request.SoFar is not { } soFar) return null;
        var (tokens, detail) = (soFar.TokenIds.Length, request.Sampling.LogProbs);
        foreach (var token in soFar.TokenIds)
            if (token < 0 || token >= vocabulary) return $"the completion to continue has the token {token}; this model's tokens are 0 to {vocabulary - 1}";
        if (soFar.Versions.Length != tokens) return $"the completion to continue has {tokens} tokens and {soFar.Versions.Length} versions";
        if (!detail.IsNone && soFar.LogProbs.Length != tokens) return $"the completion to continue has {tokens} tokens and {soFar.LogProbs.Length} log-probabilities; it was drawn with other logprobs";
        return detail.TopK > 0 && (soFar.Top.TokenIds.Length != tokens * detail.TopK || soFar.Top.LogProbs.Length != tokens * detail.TopK)
            ? $"the completion to continue has {soFar.Top.TokenIds.Length} likeliest tokens, not {tokens} x {detail.TopK}; it was drawn with other logprobs"
            : null;
    }
}
