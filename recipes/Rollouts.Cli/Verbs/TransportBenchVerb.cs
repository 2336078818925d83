using System.CommandLine;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts bench transport</c></summary>
internal static class TransportBenchVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "A folder with a tokenizer. Default: the tiny model beside this checkout's recipes.", DefaultValueFactory = _ => "recipes/models/tiny-arithmetic" };
        var server = new Option<string?>("--nats-server") { Description = "The nats-server's program. Default: ROLLOUTS_NATS_SERVER, else the one on PATH." };
        var rounds = new Option<int>("--rounds") { Description = "Rounds measured. Default 9.", DefaultValueFactory = _ => 9 };
        var only = new Option<string[]>("--only") { Description = "Measures: throughput, large, latency, idle, many. Default: all.", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong("throughput", "large", "latency", "idle", "many");
        var command = new Command("transport", "Groups over NATS against raw JetStream with the same client, and against actors in this process.") { model, server, rounds, only };
        command.SetAction((parsed, stopping) => Outcome.OfAsync(async () =>
        {
            await foreach (var line in TransportBenchmark.RunAsync(parsed.GetValue(model)!, parsed.GetValue(server), parsed.GetValue(rounds), parsed.GetValue(only) ?? [], stopping)) Console.Out.WriteLine(line);
            return ExitCode.Done;
        }));
        return command;
    }
}
