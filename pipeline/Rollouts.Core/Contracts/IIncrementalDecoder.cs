namespace Rollouts;

/// <summary>Decodes ids as they come. The pieces joined are what decoding all ids at once gives; no piece ends in half a character.</summary>
public interface IIncrementalDecoder
{
    /// <summary>The text that this id completes; empty while a character is not whole.</summary>
    string Add(int id);

    /// <summary>Whole characters that the ids so far end in but that a following id may still change, so that no piece has them yet: a run of byte tokens.</summary>
    string Pending { get; }

    /// <summary>What is left at the end: an incomplete character becomes U+FFFD.</summary>
    string Finish();
}
