using System.Diagnostics;

namespace Rollouts.Recipes;

/// <summary>Sends groups through a transport, so many at once, and settles what comes back at once.</summary>
internal sealed class GroupLoop(IRolloutTransport transport, BenchWork work)
{
    private int _groups;

    /// <summary>Moves groups there and back.</summary>
    /// <param name="atOnce">Groups under way at most; the transport's seats are a bound too.</param>
    /// <returns>Seconds of all, and milliseconds of each from its seat to its result.</returns>
    public async Task<(double Seconds, double[] Milliseconds)> RunAsync(int groups, int atOnce, CancellationToken stopping)
    {
        var (since, milliseconds) = (Stopwatch.GetTimestamp(), new double[groups]);
        using var room = new SemaphoreSlim(atOnce);
        var running = new List<Task>(groups);
        for (var i = 0; i < groups; i++)
        {
            await room.WaitAsync(stopping);
            running.Add(MoveAsync(await transport.ReserveAsync(stopping), i));
        }

        await Task.WhenAll(running);
        return (Stopwatch.GetElapsedTime(since).TotalSeconds, milliseconds);

        async Task MoveAsync(IRolloutSeat seat, int place)
        {
            var (request, sentAt) = (work.Request(Interlocked.Increment(ref _groups)), Stopwatch.GetTimestamp());
            RolloutResult result;
            using (seat) result = await seat.GenerateAsync(request, stopping);
            milliseconds[place] = Stopwatch.GetElapsedTime(sentAt).TotalMilliseconds;
            if (result.Completions.Any(c => c.TokenIds.Length != work.Tokens)) throw new IOException($"group {request.Group} came back as {result.Completions[0]}");
            transport.Settle([request.Group]);
            room.Release();
        }
    }
}
