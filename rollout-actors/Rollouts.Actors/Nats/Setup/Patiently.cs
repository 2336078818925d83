using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Does what needs the server, again and again while the server is away: it may be killed at any moment, and come back.</summary>
internal static class Patiently
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether the server, and not the caller, is to blame.</summary>
    public static bool IsOfServer(Exception fault, CancellationToken stopping) => fault is NatsException or TimeoutException || (fault is OperationCanceledException && !stopping.IsCancellationRequested);

    /// <summary>Tries until it succeeds.</summary>
    /// <param name="action">May have been done in part by a try before.</param>
    /// <exception cref="IOException">It has not succeeded within <paramref name="patience"/>.</exception>
    public static async Task DoAsync(Func<Task> action, TimeSpan patience, TimeProvider time, CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception e) when (IsOfServer(e, stopping))
            {
                if (time.GetElapsedTime(since) > patience) throw new IOException($"the NATS server does not do what it is asked to: {e.Message}", e);
                await Task.Delay(Pause, time, stopping);
            }
        }
    }
}
