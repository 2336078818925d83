namespace Rollouts.Actors.Nats;

/// <summary>A token that is good until what it stands for, a connection, has changed; from then on there is another. Safe to use from any thread.</summary>
internal sealed class RenewedToken
{
    private CancellationTokenSource _current = new();

    /// <summary>The token that is good now.</summary>
    public CancellationToken Current => Volatile.Read(ref _current).Token;

    /// <summary>Cancels it; there is another before anybody hears of that.</summary>
    public void Renew() => Interlocked.Exchange(ref _current, new CancellationTokenSource()).Cancel();
}
