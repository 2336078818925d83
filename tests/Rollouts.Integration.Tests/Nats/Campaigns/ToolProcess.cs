using System.Diagnostics;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>The tool as a process that is watched and may be killed: what it wrote before its death is read to the end. Its standard input stays open while it lives.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private const int LinesKept = 20;
    private readonly Process _process;
    private readonly Queue<string> _complaints = new();
    private readonly Task _reading;

    /// <summary>Starts it.</summary>
    /// <param name="apart">A network of its own; null for this machine's.</param>
    /// <param name="take">Gets each line of its standard output as it comes.</param>
    public ToolProcess(NetworkNamespace? apart, string folder, IEnumerable<string> arguments, Action<string> take, params (string Name, string Value)[] environment)
    {
        var program = Tool.Prepare(folder, arguments, environment);
        _process = apart?.Start(program) ?? Process.Start(program)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, take), ReadAsync(_process.StandardError, Complain));
    }

    /// <inheritdoc cref="ToolProcess(NetworkNamespace?, string, IEnumerable{string}, Action{string}, ValueTuple{string, string}[])"/>
    public ToolProcess(string folder, IEnumerable<string> arguments, Action<string> take, params (string Name, string Value)[] environment)
        : this(null, folder, arguments, take, environment)
    {
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The moment of its kill, as a timestamp; null for one that nobody has killed.</summary>
    public long? KilledAt { get; private set; }

    /// <summary>The last lines of its standard error.</summary>
    public string Complaints
    {
        get { lock (_complaints) return string.Join('\n', _complaints); }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) KilledAt ??= Stopwatch.GetTimestamp();
        _process.Kill();
        await EndedAsync();
    }

    /// <summary>Waits for its end, and until all that it said is read.</summary>
    public async Task EndedAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is { } line) take(line);
    }

    private void Complain(string line)
    {
        lock (_complaints)
        {
            _complaints.Enqueue(line);
            if (_complaints.Count > LinesKept) _complaints.Dequeue();
        }
    }
}
