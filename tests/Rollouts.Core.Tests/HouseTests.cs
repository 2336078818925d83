using System.Xml.Linq;
using Rollouts.TestSupport;

namespace Rollouts.Tests;

/// <summary>The rooms and who may name whom (README, "Architecture"); packages are confined to their rooms.</summary>
public class HouseTests
{
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Rollouts.Kernels"] = [],
        ["NATS.NKeys"] = [],
        ["Rollouts.Core"] = [],
        ["Rollouts.Pipeline"] = ["Rollouts.Core"],
        ["Rollouts.Data"] = ["Rollouts.Core"],
        ["Rollouts.Actors"] = ["Rollouts.Core", "NATS.NKeys"],
        ["Rollouts.Models"] = ["Rollouts.Core", "Rollouts.Kernels"],
        ["Rollouts.Engine"] = ["Rollouts.Core", "Rollouts.Kernels", "Rollouts.Models"],
        ["Rollouts.WeightSync"] = ["Rollouts.Core", "Rollouts.Kernels"],
        ["Rollouts.Training"] = ["Rollouts.Core", "Rollouts.Models"],
        ["Rollouts.Recipes"] =
            ["Rollouts.Core", "Rollouts.Kernels", "Rollouts.Models", "Rollouts.Engine", "Rollouts.Actors", "Rollouts.WeightSync", "Rollouts.Pipeline", "Rollouts.Data"],
    };

    private static readonly string[] Programs = ["Rollouts.Cli", "Rollouts.Grpo", "Rollouts.TrainTiny"];

    private static readonly Dictionary<string, string[]> PackageRooms = new()
    {
        ["NATS."] = ["Rollouts.Actors"],
        ["BouncyCastle."] = ["NATS.NKeys"],
        ["Apache.Arrow"] = ["Rollouts.Data"],
        ["Parquet.Net"] = ["Rollouts.Data"],
        ["ILGPU"] = ["Rollouts.Kernels"],
        ["TorchSharp"] = ["Rollouts.Models", "Rollouts.Engine", "Rollouts.Training", "Rollouts.Recipes", .. Programs],
        ["YamlDotNet"] = ["Rollouts.Recipes"],
        ["Spectre.Console"] = ["Rollouts.Cli"],
        ["System.CommandLine"] = ["Rollouts.Cli"],
    };

    public static TheoryData<string> Projects => [.. Directory.GetFiles(Fixtures.Root, "*.csproj", SearchOption.AllDirectories)
        .Where(p => !p.Contains("/artifacts/") && !p.Contains("/tests/")).Select(p => Path.GetRelativePath(Fixtures.Root, p))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_AreThoseOfTheDesign(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var references = Includes(path, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r)!).ToArray();

        if (Programs.Contains(name)) references.ShouldNotContain(r => Programs.Contains(r));
        else references.ShouldBeSubsetOf(MayReference[name]);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_Packages_AreConfinedToTheirRooms(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);

        foreach (var package in Includes(path, "PackageReference"))
            foreach (var (prefix, rooms) in PackageRooms)
                if (package.StartsWith(prefix, StringComparison.Ordinal)) rooms.ShouldContain(name, package);
    }

    [Fact]
    public void Core_Packages_AreNone() =>
        Includes("pipeline/Rollouts.Core/Rollouts.Core.csproj", "PackageReference").ShouldBeEmpty();

    private static string[] Includes(string project, string item) =>
        [.. XDocument.Load(Path.Combine(Fixtures.Root, project)).Descendants(item).Select(r => r.Attribute("Include")?.Value).OfType<string>()];
}
