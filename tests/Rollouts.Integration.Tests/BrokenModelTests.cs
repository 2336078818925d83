using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>Model folders that are broken in the ways of the world: one clear line that names the file and what to do, exit code 2, never a stack trace.</summary>
public class BrokenModelTests
{
    private static readonly string Sound = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    public static TheoryData<string, string[]> Faults => new()
    {
        { "header of 2^63 bytes", ["model.safetensors", "9223372036854775808 bytes", "download the file again"] },
        { "header longer than the file", ["model.safetensors", "but the file has"] },
        { "overlapping ranges", ["model.safetensors", "ranges overlap or leave a hole"] },
        { "wrong shape", ["model.safetensors", "model.norm.weight", "config.json asks for"] },
        { "a tensor is missing", ["no tensor 'model.norm.weight'"] },
        { "no weights", ["model.safetensors: no such weight file"] },
        { "config is no JSON", ["config.json"] },
        { "unknown family", ["'mamba' is not supported", "llama"] },
        { "tokenizer without merges", ["tokenizer.json", "merges"] },
        { "tokenizer is no JSON", ["tokenizer.json"] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Run_ABrokenModel_IsOneClearLineAndExitCode2(string fault, string[] expected)
    {
        using var folder = new TemporaryFolder();
        Break(folder, fault);

        var result = await Tool.RunAsync(folder.Path, ["run", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--set", $"model.path={folder.File("model")}", "--set", "prompts.limit=2"]);

        result.ExitCode.ShouldBe(2, result.Error);
        foreach (var part in expected) result.Error.ShouldContain(part);
        result.Error.Trim().Split('\n').Length.ShouldBe(1, result.Error);
    }

    [Fact]
    public async Task CheckDeep_AWeightIsNaN_NamesTheTensorAndThePlace()
    {
        using var folder = new TemporaryFolder();
        Copy(folder);
        ChangeWeights(folder, (header, data) =>
        {
            var tensor = header["model.norm.weight"]!;
            var (start, wide) = (tensor["data_offsets"]![0]!.GetValue<int>(), tensor["dtype"]!.GetValue<string>() == "F32" ? 4 : 2);
            data.AsSpan(start + 5 * wide, wide).Fill(0xFF);
        });
        string[] check = ["check", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--set", $"model.path={folder.File("model")}"];

        var shallow = await Tool.RunAsync(folder.Path, check);
        var deep = await Tool.RunAsync(folder.Path, [.. check, "--deep"]);

        shallow.ExitCode.ShouldBe(0, shallow.Error);
        deep.ExitCode.ShouldBe(2);
        deep.Error.ShouldContain("tensor 'model.norm.weight' has 1 weights that are NaN or infinite, the first at [5]");
    }

    [Fact]
    public async Task CheckDeep_ASoundModel_SaysSo()
    {
        using var folder = new TemporaryFolder();

        var result = await Tool.RunAsync(folder.Path, ["check", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--deep"]);

        result.ExitCode.ShouldBe(0, result.Error);
        result.Output.ShouldContain("tensors are finite");
    }

    private static void Break(TemporaryFolder folder, string fault)
    {
        Copy(folder);
        var weights = folder.File("model/model.safetensors");
        switch (fault)
        {
            case "header of 2^63 bytes": WriteLength(weights, 1UL << 63); break;
            case "header longer than the file": WriteLength(weights, 50_000_000); break;
            case "overlapping ranges": ChangeWeights(folder, (header, _) => Shift(header["model.norm.weight"]!, -2)); break;
            case "wrong shape": ChangeWeights(folder, (header, _) => header["model.norm.weight"]!["shape"] = new JsonArray(2, header["model.norm.weight"]!["shape"]![0]!.GetValue<int>() / 2)); break;
            case "a tensor is missing": ChangeWeights(folder, (header, _) => Rename(header, "model.norm.weight", "model.other.weight")); break;
            case "no weights": File.Delete(weights); break;
            case "config is no JSON": File.WriteAllText(folder.File("model/config.json"), "{"); break;
            case "unknown family": ChangeJson(folder.File("model/config.json"), json => json["model_type"] = "mamba"); break;
            case "tokenizer without merges": ChangeJson(folder.File("model/tokenizer.json"), json => json["model"]!.AsObject().Remove("merges")); break;
            case "tokenizer is no JSON": File.WriteAllText(folder.File("model/tokenizer.json"), "no"); break;
            default: throw new ArgumentException(fault);
        }
    }

    private static void Copy(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File("model"));
        foreach (var file in Directory.GetFiles(Sound)) File.Copy(file, Path.Combine(folder.File("model"), Path.GetFileName(file)));
    }

    private static void WriteLength(string file, ulong length)
    {
        using var stream = File.OpenWrite(file);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        stream.Write(bytes);
    }

    private static void ChangeWeights(TemporaryFolder folder, Action<JsonObject, byte[]> change)
    {
        var path = folder.File("model/model.safetensors");
        var file = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        var header = JsonNode.Parse(file.AsSpan(8, length))!.AsObject();
        var data = file[(8 + length)..];
        change(header, data);
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
    }

    private static void Shift(JsonNode tensor, int bytes) =>
        tensor["data_offsets"] = new JsonArray(tensor["data_offsets"]![0]!.GetValue<int>() + bytes, tensor["data_offsets"]![1]!.GetValue<int>() + bytes);

    private static void Rename(JsonObject header, string from, string to)
    {
        var tensor = header[from]!.DeepClone();
        header.Remove(from);
        header[to] = tensor;
    }

    private static void ChangeJson(string file, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }
}
