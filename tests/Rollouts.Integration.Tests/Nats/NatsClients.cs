using NATS.Client.Core;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The real client, logged in.</summary>
internal static class NatsClients
{
    /// <summary>A connection that has had an answer from the server.</summary>
    /// <exception cref="NatsException">The server is not there, or refused.</exception>
    public static async Task<NatsConnection> ConnectAsync(NatsServer server, NatsAuthOpts? login = null, NatsTlsOpts? tls = null)
    {
        var connection = new NatsConnection(new NatsOpts { Url = server.Url, AuthOpts = login ?? NatsAuthOpts.Default, TlsOpts = tls ?? NatsTlsOpts.Default, ReconnectWaitMin = TimeSpan.FromMilliseconds(20) });
        try
        {
            await connection.ConnectAsync();
            await connection.PingAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a login that must fail failed with.</summary>
    public static async Task<NatsException> RefusalAsync(NatsServer server, NatsAuthOpts? login = null, NatsTlsOpts? tls = null) =>
        await Should.ThrowAsync<NatsException>(async () => await (await ConnectAsync(server, login, tls)).DisposeAsync());
}
