using System.Net;
using System.Security.Cryptography;

namespace Rollouts.TestSupport.Nats;

/// <summary>A real nats-server on a random port, of the loopback where nothing else is said. Disposal leaves neither a process nor a file.</summary>
public sealed class NatsServer : IAsyncDisposable
{
    private const string PortTaken = "address already in use";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly string _program;
    private readonly NatsServerConfiguration _configuration;
    private NatsServerProcess? _process;
    private bool _disposed;

    private NatsServer(string program, NatsServerConfiguration configuration) => (_program, _configuration) = (program, configuration);

    /// <summary>Its port, the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>What clients connect to. Certificates made for the tests name localhost.</summary>
    public string Url => $"{(_configuration.Tls is null ? "nats" : "tls")}://{(IPAddress.IsLoopback(_configuration.Address) ? "localhost" : _configuration.Address)}:{Port}";

    /// <summary>Its process; another one after a restart.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>What all its lives have printed.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => _folder.File("nats-server.log");

    /// <summary>Starts a server and waits until it greets its clients; JetStream has recovered its streams by then.</summary>
    /// <exception cref="NatsServerMissingException">There is no nats-server here.</exception>
    /// <exception cref="InvalidOperationException">It ended at once, as it does over a fault in its configuration; the message holds its last lines.</exception>
    public static async Task<NatsServer> StartAsync(NatsServerConfiguration configuration)
    {
        var server = new NatsServer(await NatsServerProgram.FindAsync(), configuration);
        try
        {
            using var deadline = new CancellationTokenSource(Patience);
            // Below the range that the kernel takes outgoing connections' ports from: nobody takes the port while a restart lies between.
            do server.Port = RandomNumberGenerator.GetInt32(10_000, 32_768);
            while (!await server.TryStartAsync(deadline.Token));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9: what it had acknowledged must be on the disk.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts it again, on the same port and folder; one that still runs is killed before.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        using var deadline = new CancellationTokenSource(Patience);
        while (!await TryStartAsync(deadline.Token)) await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_disposed) return;
        _disposed = true;
        _folder.Dispose();
    }

    /// <summary>False where another program has the port.</summary>
    private async Task<bool> TryStartAsync(CancellationToken deadline)
    {
        var before = Log.Length;
        await File.WriteAllTextAsync(_folder.File("nats-server.conf"), _configuration.ToFile(_name, Port), deadline);
        foreach (var (name, content) in _configuration.Includes) await File.WriteAllTextAsync(_folder.File(name), content, deadline);
        _process = await NatsServerProcess.StartAsync(_program, _folder.File("nats-server.conf"), LogFile);
        while (!_process.HasExited)
        {
            if (await NatsGreeting.ServerNameAsync(new IPEndPoint(_configuration.Address, Port), deadline) == _name) return true;
            await Task.Delay(TimeSpan.FromMilliseconds(10), deadline);
        }

        await KillAsync();
        var said = Log[before..];
        return said.Contains(PortTaken, StringComparison.Ordinal) ? false : throw new InvalidOperationException($"nats-server ended at once: {said.Trim()}");
    }
}
