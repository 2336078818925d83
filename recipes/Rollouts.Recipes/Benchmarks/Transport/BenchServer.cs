using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rollouts.Recipes;

/// <summary>A nats-server for a measure: on a free port of the loopback, its streams in a folder that goes with it.</summary>
internal sealed class BenchServer : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rollouts-bench-");
    private readonly Process _process;

    private BenchServer(string program)
    {
        var port = FreePort();
        Url = string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{port}");
        _process = Process.Start(new ProcessStartInfo(program, ["-js", "-sd", _folder.FullName, "-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-l", Path.Combine(_folder.FullName, "log")]))!;
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    /// <summary>Its process.</summary>
    public int ProcessId => _process.Id;

    /// <param name="named">Its program; null for the one in ROLLOUTS_NATS_SERVER or on PATH.</param>
    /// <exception cref="IOException">There is none.</exception>
    public static BenchServer Start(string? named) => new(Find(named ?? Environment.GetEnvironmentVariable("ROLLOUTS_NATS_SERVER")));

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Find(string? named)
    {
        if (!string.IsNullOrEmpty(named)) return File.Exists(named) ? named : throw new IOException($"there is no nats-server at {named}");
        // Debian puts the program into /usr/sbin, which is not on everybody's PATH.
        return $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "nats-server")).FirstOrDefault(File.Exists)
            ?? throw new IOException("no nats-server is on PATH: name one with --nats-server or in ROLLOUTS_NATS_SERVER");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
