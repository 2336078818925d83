using System.Diagnostics;
using System.Globalization;

namespace Rollouts.TestSupport.Nats;

/// <summary>One life of a server: a process that outlives neither its owner's will nor its owner, not even one that is killed with -9.</summary>
internal sealed class NatsServerProcess : IAsyncDisposable
{
    // The shell waits for the server and ends as it ends. Its guard reads our pipe, which the kernel closes when this process dies, however that happens.
    private const string Guarded = """
        exec 3<&0
        "$0" --config "$1" </dev/null >>"$2" 2>&1 3<&- &
        server=$!
        (read -r _ <&3; kill -9 $server) >/dev/null 2>&1 &
        guard=$!
        echo $server
        wait $server 2>/dev/null
        code=$?
        kill $guard
        exit $code
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _shell;

    private NatsServerProcess(Process shell, int id) => (_shell, Id) = (shell, id);

    /// <summary>The server's own process id.</summary>
    public int Id { get; }

    public bool HasExited => _shell.HasExited;

    public static async Task<NatsServerProcess> StartAsync(string program, string configurationFile, string logFile)
    {
        var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Guarded, program, configurationFile, logFile])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var id = await shell.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The shell did not start {program}.");
        return new NatsServerProcess(shell, int.Parse(id, CultureInfo.InvariantCulture));
    }

    /// <summary>kill -9, and the wait for its end.</summary>
    public async Task KillAsync()
    {
        // Closing the pipe lets the guard kill; it holds the server's id for as long as the shell has not seen the server end.
        _shell.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        await _shell.WaitForExitAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _shell.Dispose();
    }
}
