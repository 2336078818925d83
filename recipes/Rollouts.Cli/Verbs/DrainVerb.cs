using System.CommandLine;
using Rollouts.Actors.Nats;

namespace Rollouts.Cli;

/// <summary><c>rollouts drain NAME --url U</c></summary>
internal static class DrainVerb
{
    public static Command Create()
    {
        var server = new ServerOptions();
        var name = new Argument<string>("name") { Description = "An actor, or a node with all its actors." };
        var job = new Option<string?>("--job") { Description = "The actor's job, where several have one of that name." };
        var handBack = new Option<bool>("--hand-back") { Description = "Hand back what runs as far as it is, for another actor to go on with, instead of finishing it." };
        var command = new Command("drain", "Lets an actor or a node finish what it has, and leave.") { name, job, handBack };
        server.AddTo(command);
        command.SetAction((parsed, stopping) => Outcome.OfAsync(async () =>
        {
            await using var fleet = await Fleet.OpenAsync(server.Read(parsed), TimeProvider.System, stopping);
            await fleet.DrainAsync(parsed.GetValue(name)!, parsed.GetValue(job), parsed.GetValue(handBack), stopping);
            Console.Error.WriteLine($"{parsed.GetValue(name)} drains");
            return ExitCode.Done;
        }));
        return command;
    }
}
