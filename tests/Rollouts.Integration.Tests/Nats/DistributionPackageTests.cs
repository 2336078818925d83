using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Fetching a package of the distribution: nothing is installed, and root is not needed.</summary>
[Trait("Needs", "nats")]
public class DistributionPackageTests
{
    [Fact(SkipExceptions = [typeof(PackageUnavailableException)])]
    public async Task Fetch_ManyAtOnceAfterOneWasKilled_GivesOneWholePackage()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("work/unpacked/usr/sbin"));
        await File.WriteAllTextAsync(folder.File("work/half.deb"), "what a killed process left");
        var package = new DistributionPackage("nats-server", "usr/sbin/nats-server");

        var programs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => package.FetchAsync(folder.Path)));

        var program = programs.Distinct().ShouldHaveSingleItem();
        new FileInfo(program).Length.ShouldBeGreaterThan(1 << 20);
        Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).ShouldBe(["lock", "package"], ignoreOrder: true);
    }
}
