namespace Rollouts.Actors.Nats;

/// <summary>Tokens a second between two looks.</summary>
internal sealed class TokenRate(TimeProvider time)
{
    private long _at = time.GetTimestamp();
    private long _tokens;

    /// <summary>The rate since the last look.</summary>
    /// <param name="tokens">Generated so far.</param>
    public double Next(long tokens)
    {
        var seconds = Math.Max(1e-3, time.GetElapsedTime(_at).TotalSeconds);
        var rate = (tokens - _tokens) / seconds;
        (_at, _tokens) = (time.GetTimestamp(), tokens);
        return Math.Round(rate, 1);
    }
}
