namespace Rollouts.Actors.Nats;

/// <summary>Lets groups run beside each other, and a suspected one alone: if its actor dies again, it was this group and no other.</summary>
internal sealed class AloneGate(int places) : IDisposable
{
    private readonly SemaphoreSlim _places = new(places);
    private readonly SemaphoreSlim _alone = new(1);

    /// <summary>Waits for a place, or for all of them.</summary>
    public async Task EnterAsync(bool alone, CancellationToken stopping)
    {
        if (!alone)
        {
            await _places.WaitAsync(stopping);
            return;
        }

        await _alone.WaitAsync(stopping);
        var taken = 0;
        try
        {
            for (; taken < places; taken++) await _places.WaitAsync(stopping);
        }
        catch
        {
            if (taken > 0) _places.Release(taken);
            throw;
        }
        finally
        {
            _alone.Release();
        }
    }

    /// <summary>Gives the place, or all of them, back.</summary>
    public void Leave(bool alone) => _places.Release(alone ? places : 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        _alone.Dispose();
    }
}
