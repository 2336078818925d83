using System.CommandLine;
using Rollouts.Cli;

var root = new RootCommand("Feeds prompts to language models and keeps what comes back.")
{
    RunVerb.Create(), ActorVerb.Create(), NodeVerb.Create(), PsVerb.Create(), DrainVerb.Create(), CheckVerb.Create(), GenerateVerb.Create(), ScoreVerb.Create(), TokenizeVerb.Create(), InspectVerb.Create(), ReplayVerb.Create(), BenchVerb.Create(), DoctorVerb.Create(), SchemaVerb.Create(),
};

// The run keeps its own drain deadline; the parser's default would cut it off after 2 s.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
