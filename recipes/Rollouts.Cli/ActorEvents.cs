using System.Text.Json;
using Rollouts.Actors.Nats;

namespace Rollouts.Cli;

/// <summary>What an actor does, a JSON line each: its agent reads them, and knows what ran when the process dies.</summary>
internal sealed class ActorEvents(TextWriter output) : IActorObserver
{
    private readonly Lock _lock = new();

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
