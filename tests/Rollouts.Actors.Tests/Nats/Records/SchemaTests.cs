using System.Text.Json;
using System.Text.Json.Nodes;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport;

namespace Rollouts.Actors.Tests.Nats.Records;

/// <summary>The published schema is that of the code. <c>ROLLOUTS_WRITE_SCHEMAS=1</c> writes it anew.</summary>
public class SchemaTests
{
    private static readonly string File = Path.Combine(Fixtures.Root, "rollout-actors", "docs", "control.schema.json");

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public void ControlSchema_Published_IsThatOfTheCode()
    {
        var schema = Schema();
        if (Environment.GetEnvironmentVariable("ROLLOUTS_WRITE_SCHEMAS") == "1") System.IO.File.WriteAllText(File, schema);

        System.IO.File.ReadAllText(File).ShouldBe(schema);
    }

    private static string Schema() => new JsonObject
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["title"] = "Control messages and records of Rollouts over NATS, version 1",
        ["$defs"] = new JsonObject
        {
            ["job_record"] = Wire.Schema<JobRecord>(),
            ["driver_record"] = Wire.Schema<DriverRecord>(),
            ["pool_record"] = Wire.Schema<PoolRecord>(),
            ["actor_record"] = Wire.Schema<ActorRecord>(),
            ["node_record"] = Wire.Schema<NodeRecord>(),
            ["group_question"] = Wire.Schema<GroupQuestion>(),
            ["group_verdict"] = Wire.Schema<GroupVerdict>(),
            ["actor_order"] = Wire.Schema<ActorOrder>(),
            ["death_report"] = Wire.Schema<DeathReport>(),
            ["start_actor"] = Wire.Schema<StartActor>(),
            ["receipt"] = Wire.Schema<Receipt>(),
            ["rollout_delta"] = Wire.Schema<RolloutDelta>(),
        },
    }.ToJsonString(Indented) + "\n";
}
