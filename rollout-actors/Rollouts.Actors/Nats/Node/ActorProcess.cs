using System.Diagnostics;
using System.Text.Json;

namespace Rollouts.Actors.Nats;

/// <summary>
/// An actor's process as its agent sees it: what it has joined as, which groups it holds, what it printed last. What it told before it died is in the pipe
/// and is read to its end, so the agent knows what a dead process ran, whatever became of the network.
/// </summary>
internal sealed class ActorProcess : IDisposable
{
    private const int KeptLines = 50;

    // A deep stack would push out the line above it, which says what happened.
    private const int KeptFrames = 10;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _groups = [];
    private readonly Queue<string> _lines = [];
    private readonly Task _reading;
    private int _frames;

    private ActorProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, TakeEvent), ReadAsync(process.StandardError, Keep));
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its life; null before it has joined.</summary>
    public string? Incarnation { get; private set; }

    /// <summary>What it holds: group keys.</summary>
    public string[] Groups
    {
        get { lock (_lock) return [.. _groups]; }
    }

    /// <summary>What it printed last; of a stack trace the top.</summary>
    public string LastLines
    {
        get { lock (_lock) return string.Join('\n', _lines); }
    }

    /// <summary>Starts it.</summary>
    public static ActorProcess Start(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        return new ActorProcess(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} was not started"));
    }

    /// <summary>Asks it to finish what it runs and to leave: the end of its input says so.</summary>
    public void Drain()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    /// <summary>Waits for its end, and until all that it told is read.</summary>
    /// <returns>Its exit code; 128 and the signal where one ended it.</returns>
    public async Task<int> WaitAsync(CancellationToken stopping)
    {
        await _process.WaitForExitAsync(stopping);
        await _reading;
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static async Task ReadAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is { } line) take(line);
    }

    private void TakeEvent(string line)
    {
        if (Parse(line) is not { } told)
        {
            Keep(line);
            return;
        }

        lock (_lock)
        {
            if (told.Joined is not null) Incarnation = told.Joined;
            if (told.Joined is not null) _groups.Clear();
            if (told.Began is not null) _groups.Add(told.Began);
            if (told.Ended is not null) _groups.Remove(told.Ended);
        }

        if (told.Message is not null) Keep(told.Message);
    }

    private void Keep(string line)
    {
        lock (_lock)
        {
            _frames = line.StartsWith("   at ", StringComparison.Ordinal) ? _frames + 1 : 0;
            if (_frames > KeptFrames) return;
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines) _lines.Dequeue();
        }
    }

    private static Told? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Told>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>One line of an actor's standard output.</summary>
    private sealed record Told(string? Joined = null, string? Began = null, string? Ended = null, string? Message = null);
}
