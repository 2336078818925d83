using System.CommandLine;
using System.Diagnostics;
using Rollouts.Actors.Nats;

namespace Rollouts.Cli;

/// <summary><c>rollouts node --url U --slots N</c></summary>
internal static class NodeVerb
{
    public static Command Create()
    {
        var server = new ServerOptions();
        var slots = new Option<int>("--slots") { Description = "Actor processes at most.", Required = true };
        var name = new Option<string?>("--name") { Description = "The node's name, unique at the server. Default: the host's." };
        var models = new Option<string?>("--models") { Description = "Where a job's model is looked for when it is not at the recipe's own path." };
        var devices = new Option<string>("--devices") { Description = "Where actors may compute, with commas between.", DefaultValueFactory = _ => "cpu" };
        var command = new Command("node", "Starts actors for jobs that ask for them, watches them, and starts them again.") { slots, name, models, devices };
        server.AddTo(command);
        command.SetAction((parsed, _) => Outcome.OfAsync(async () =>
        {
            var node = parsed.GetValue(name) ?? HostName.Clean;
            var states = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"rollouts-node-{Environment.UserName}-{node}"));
            var options = new NodeOptions
            {
                Settings = server.Read(parsed),
                Name = node,
                Slots = parsed.GetValue(slots),
                Devices = [.. parsed.GetValue(devices)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                Command = order => Start(order, node, parsed.GetValue(models), server.Arguments(parsed), states.FullName),
                Log = Console.Error.WriteLine,
            };
            using var drain = new CancellationTokenSource();
            using var interrupts = new Interrupts(drain.Cancel);
            await NodeAgent.RunAsync(options, TimeProvider.System, drain.Token);
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>This same program, as an actor.</summary>
    private static ProcessStartInfo Start(SlotOrder order, string node, string? models, IEnumerable<string> server, string states)
    {
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.ProcessPath!, typeof(NodeVerb).Assembly.Location] : [Environment.ProcessPath!];
        string[] where = models is null ? [] : ["--models", models];
        var start = new ProcessStartInfo(program[0], [.. program[1..], "actor", "--job", order.Job, "--pool", order.Pool, "--name", order.Actor, "--node", node, "--json", .. where, .. server]);
        start.Environment[SlotLock.Variable] = Path.Combine(states, $"slot-{order.Number}.lock");
        return start;
    }
}
