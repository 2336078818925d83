using NATS.Client.Core;
using Rollouts.Actors.Nats;

namespace Rollouts.Actors;

/// <summary>What went wrong at a server, for the person who waits for it.</summary>
internal static class ServerFaults
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Why something does not work: the subject that was refused, where one was, else what the client threw.</summary>
    public static string Reason(INatsConnection connection, Exception fault) => RefusalOf(connection) ?? fault.Message;

    /// <summary>What the server refused this user a moment ago; null where nothing was.</summary>
    public static string? RefusalOf(INatsConnection connection) => (connection as WatchedConnection)?.Refusal;

    /// <inheritdoc cref="ToldAsync{T}"/>
    public static Task ToldAsync(INatsConnection connection, NatsSettings settings, Func<Task> act, CancellationToken stopping) => ToldAsync(connection, settings, async () =>
    {
        await act();
        return true;
    }, stopping);

    /// <summary>Does something at the server; what the client throws becomes one line that names the server and the reason.</summary>
    /// <exception cref="NatsConnectException">It failed there, or the server refused a subject and no answer came: that is not waited for until the request's deadline.</exception>
    public static async Task<T> ToldAsync<T>(INatsConnection connection, NatsSettings settings, Func<Task<T>> act, CancellationToken stopping)
    {
        try
        {
            var acting = act();
            while (!acting.IsCompleted && !stopping.IsCancellationRequested && RefusalOf(connection) is null) await Task.WhenAny(acting, Task.Delay(Glance, stopping));
            await Task.WhenAny(acting, Task.Delay(Grace, stopping));
            if (acting.IsCompleted) return await acting;
            stopping.ThrowIfCancellationRequested();
            throw new TimeoutException("no answer");
        }
        catch (Exception fault) when (Patiently.IsOfServer(fault, stopping))
        {
            var problem = RefusalOf(connection) is null ? NatsConnectProblem.Refused : NatsConnectProblem.Forbidden;
            throw new NatsConnectException(problem, $"{settings}: {Reason(connection, fault)}", fault);
        }
    }
}
