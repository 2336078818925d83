using System.Collections.Immutable;

namespace Rollouts.Pipeline;

/// <summary>Prompt content to token ids.</summary>
public interface IPromptEncoder
{
    /// <summary>Throws what is wrong with the prompt; the message becomes its failure rows.</summary>
    ImmutableArray<int> Encode(PromptContent content);
}

/// <summary>Encodes text with the tokenizer's own special tokens, and takes token ids as they are.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="specialTokens">Whether text that spells an added token becomes that token.</param>
public sealed class TextEncoder(ITokenizer tokenizer, bool specialTokens) : IPromptEncoder
{
    /// <inheritdoc/>
    public ImmutableArray<int> Encode(PromptContent content) => content switch
    {
        PromptContent.Text text => tokenizer.Encode(text.Value, addSpecialTokens: true, recogniseAddedTokens: specialTokens),
        PromptContent.TokenIds ids => InVocabulary(ids.Values),
        _ => throw new NotSupportedException("chat messages need a chat template"),
    };

    private ImmutableArray<int> InVocabulary(ImmutableArray<int> ids)
    {
        foreach (var id in ids)
            if (id < 0 || id >= tokenizer.VocabularySize) throw new ArgumentException($"token id {id} is outside the vocabulary of {tokenizer.VocabularySize}");
        return ids;
    }
}
