using System.CommandLine;
using Rollouts.Actors.Nats;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts actor --url U --job J --pool P</c></summary>
internal static class ActorVerb
{
    public static Command Create()
    {
        var server = new ServerOptions();
        var job = new Option<string>("--job") { Description = "The job to join: its recipe's name.", Required = true };
        var pool = new Option<string>("--pool") { Description = "The pool to serve: an entry of the recipe's actors.", Required = true };
        var name = new Option<string?>("--name") { Description = "The actor's name, unique in the job. Default: host and process." };
        var node = new Option<string?>("--node") { Description = "The node whose agent starts it.", Hidden = true };
        var models = new Option<string?>("--models") { Description = "Where the job's model is looked for when it is not at the recipe's own path." };
        var replicas = new Option<int>("--replicas") { Description = "Actors in this process, called NAME-0, NAME-1, …; for synthetic engines. Default 1.", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print what happens as JSON lines on standard output; ends by draining when standard input ends." };
        var command = new Command("actor", "Joins a job at a NATS server and generates for it until it ends.") { job, pool, name, replicas, node, models, json };
        server.AddTo(command);
        command.SetAction((parsed, _) => Outcome.OfAsync(async () =>
        {
            var settings = new ActorSettings(server.Read(parsed), parsed.GetValue(job)!, parsed.GetValue(pool)!, parsed.GetValue(name) ?? $"{HostName.Clean}-{Environment.ProcessId}", parsed.GetValue(node), parsed.GetValue(models), parsed.GetValue(replicas));
            return await RunAsync(settings, parsed.GetValue(json));
        }));
        return command;
    }

    private static async Task<int> RunAsync(ActorSettings settings, bool json)
    {
        using var drain = new CancellationTokenSource();
        using var interrupts = new Interrupts(drain.Cancel);
        IActorObserver observer = json ? ActorEvents.ToOutput(settings.Name) : new ActorLines(Console.Error);
        // An agent that dies closes the pipe: its actors finish what they run and leave, so that nothing runs unwatched.
        if (json) _ = Task.Run(() => WaitForEndOfInput(drain));
        using var slot = await SlotLock.TakeAsync(drain.Token);
        var end = await ActorProgram.RunAsync(settings, observer, TimeProvider.System, drain.Token, interrupts.Stop);
        observer.OnMessage(end switch
        {
            ActorEnd.JobEnded => $"job '{settings.Job}' has ended",
            ActorEnd.DriverGone => $"the driver of job '{settings.Job}' has not come back; start it again, then this actor",
            _ => "drained",
        });
        return end == ActorEnd.DriverGone ? ExitCode.Failed : ExitCode.Done;
    }

    private static void WaitForEndOfInput(CancellationTokenSource drain)
    {
        while (Console.In.Read() >= 0)
        {
        }

        drain.Cancel();
    }
}
