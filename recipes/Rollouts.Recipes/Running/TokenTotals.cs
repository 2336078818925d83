using System.Collections.Immutable;

namespace Rollouts.Recipes;

/// <summary>Tokens that all actors of a run have generated, those that are gone included: an actor that comes back counts from 0 again.</summary>
internal sealed class TokenTotals
{
    private readonly Dictionary<ActorId, long> _last = [];
    private long _total;

    /// <summary>The total with these loads.</summary>
    public long Take(ImmutableArray<ActorLoad> loads)
    {
        foreach (var (actor, load) in loads)
        {
            var last = _last.GetValueOrDefault(actor);
            _total += load.GeneratedTokens >= last ? load.GeneratedTokens - last : load.GeneratedTokens;
            _last[actor] = load.GeneratedTokens;
        }

        return _total;
    }
}
