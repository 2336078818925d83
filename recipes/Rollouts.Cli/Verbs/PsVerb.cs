using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Rollouts.Actors.Nats;
using Spectre.Console;

namespace Rollouts.Cli;

/// <summary><c>rollouts ps --url U</c></summary>
internal static class PsVerb
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var server = new ServerOptions();
        var job = new Option<string?>("--job") { Description = "Only this job's actors." };
        var json = new Option<bool>("--json") { Description = "Print a JSON line for each." };
        var command = new Command("ps", "Lists actors and nodes.") { job, json };
        server.AddTo(command);
        command.SetAction((parsed, stopping) => Outcome.OfAsync(async () =>
        {
            await using var fleet = await Fleet.OpenAsync(server.Read(parsed), TimeProvider.System, stopping);
            var (actors, nodes) = (await fleet.ActorsAsync(parsed.GetValue(job), stopping), await fleet.NodesAsync(stopping));
            if (parsed.GetValue(json)) PrintLines(actors, nodes);
            else PrintTables(actors, nodes);
            return ExitCode.Done;
        }));
        return command;
    }

    private static void PrintLines(ImmutableArray<FleetActor> actors, ImmutableArray<NodeRecord> nodes)
    {
        foreach (var a in actors) Console.WriteLine(JsonSerializer.Serialize(new { Kind = "actor", a.Job, a.State, SilentSeconds = a.Silent.TotalSeconds, Actor = a.Record }, Json));
        foreach (var node in nodes) Console.WriteLine(JsonSerializer.Serialize(new { Kind = "node", Node = node }, Json));
    }

    private static void PrintTables(ImmutableArray<FleetActor> actors, ImmutableArray<NodeRecord> nodes)
    {
        var table = new Table().AddColumns("job", "pool", "actor", "state", "node", "device", "version", "running", "waiting", "groups", "tokens/s");
        foreach (var a in actors)
        {
            var r = a.Record;
            Add(table, a.Job, r.Pool, r.Name, a.State, r.Node ?? r.Host, r.Device, r.Version, r.Load.Running, r.Load.Waiting, r.Groups.Count, $"{r.TokensPerSecond:F0}");
        }

        AnsiConsole.Write(table);
        if (nodes.IsEmpty) return;
        table = new Table().AddColumns("node", "host", "slots", "devices", "actors", "last fault");
        foreach (var n in nodes)
            Add(table, n.Name + (n.Draining ? " (draining)" : ""), n.Host, $"{n.Actors.Count}/{n.Slots}", string.Join(',', n.Devices), string.Join('\n', n.Actors.Select(Line)), string.Join('\n', Faults(n)));
        AnsiConsole.Write(table);
    }

    private static string Line(SlotRecord slot) => $"{slot.Actor} {slot.Job}/{slot.Pool} {slot.State.ToString().ToLowerInvariant()}{(slot.Restarts > 0 ? $", started again {slot.Restarts} times" : "")}";

    private static IEnumerable<string> Faults(NodeRecord node) =>
        [.. node.Actors.Where(a => a.LastFault is not null).Select(a => $"{a.Actor}: {a.LastFault}"), .. node.Refusals.Select(r => $"{r.Job}/{r.Pool}: {r.Reason}")];

    private static void Add(Table table, params object[] cells) => table.AddRow([.. cells.Select(c => Markup.Escape(c.ToString()!))]);
}
