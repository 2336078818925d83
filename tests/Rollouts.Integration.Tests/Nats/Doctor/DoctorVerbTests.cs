using Rollouts.Integration.Tests.Nats.Jobs;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Doctor;

/// <summary><c>rollouts doctor</c>, as its users meet it.</summary>
[Trait("Needs", "nats")]
public class DoctorVerbTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Doctor_RecipeOverNats_LooksAtItsServerAndItsJob()
    {
        await using var job = await JobFolder.CreateAsync(1, "max_running: 1");

        var sound = await Tool.RunAsync(job.Path, ["doctor", "--recipe", "job.yaml"]);
        await job.Server.KillAsync();
        var gone = await Tool.RunAsync(job.Path, ["doctor", "--url", job.Server.Url]);

        sound.ExitCode.ShouldBe(0, sound.Output);
        sound.Output.ShouldMatch(@"(?m)^server +(note: )?nats://localhost:\d+: nats-server 2\.");
        sound.Output.ShouldMatch("(?m)^may +be the driver of job job: no subject that it needs is refused$");
        gone.ExitCode.ShouldBe(1, gone.Output);
        gone.Output.ShouldMatch(@"(?m)^server +fault: No NATS server answers at nats://localhost:\d+ \(Connection refused\); start one there, or correct transport\.url$");
    }

    [Fact]
    public async Task Doctor_JobThatCannotBe_SaysWhy()
    {
        using var folder = new TestSupport.TemporaryFolder();

        var result = await Tool.RunAsync(folder.Path, ["doctor", "--url", "nats://localhost:1", "--job", "a b"]);

        (result.ExitCode, result.Output.Contains("fault: 'a b' is no job name", StringComparison.Ordinal)).ShouldBe((1, true), result.Output);
    }
}
