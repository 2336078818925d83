using System.Text.Json;
using Rollouts.Actors.Nats;

namespace Rollouts.Cli;

/// <summary>What an actor does, a JSON line each: its agent reads them, and knows what ran when the process dies.</summary>
/// <param name="output">Where to.</param>
/// <param name="copy">A second place, for whoever watches actors that an agent has started; null for none.</param>
internal sealed class ActorEvents(TextWriter output, TextWriter? copy) : IActorObserver
{
    /// <summary>The environment variable that names a folder for copies, a file a process.</summary>
    public const string CopiesVariable = "ROLLOUTS_ACTOR_EVENTS";

    private readonly Lock _lock = new();

    /// <summary>To standard output, and to a copy where the environment asks for one.</summary>
    public static ActorEvents ToOutput(string actor)
    {
        var folder = Environment.GetEnvironmentVariable(CopiesVariable);
        return new ActorEvents(Console.Out, string.IsNullOrEmpty(folder) ? null : File.AppendText(Path.Combine(folder, $"{actor}.{Environment.ProcessId}.jsonl")));
    }

    public void OnJoined(string incarnation) => Write(new { joined = incarnation });

    public void OnBegan(GroupKey group) => Write(new { began = group.ToString() });

    public void OnEnded(GroupKey group) => Write(new { ended = group.ToString() });

    public void OnMessage(string message) => Write(new { message });

    private void Write<T>(T line)
    {
        var text = JsonSerializer.Serialize(line);
        try
        {
            lock (_lock)
            {
                copy?.WriteLine(text);
                copy?.Flush();
                output.WriteLine(text);
                output.Flush();
            }
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }
}

/// <summary>The same for a person: only what a person wants to know.</summary>
internal sealed class ActorLines(TextWriter output) : IActorObserver
{
    public void OnJoined(string incarnation) => output.WriteLine("joined; serving");

    public void OnBegan(GroupKey group)
    {
    }

    public void OnEnded(GroupKey group)
    {
    }

    public void OnMessage(string message) => output.WriteLine(message);
}
