using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Fuzzing;

namespace Rollouts.Models.Tests.Fuzzing;

public class SafetensorsFuzzTests
{
    private const int DataBytes = 56;

    private static readonly string[] Headers =
    [
        """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[16],"data_offsets":[24,56]}}""",
        """{"__metadata__":{"format":"pt"},"w":{"dtype":"F8_E4M3","shape":[4,8],"data_offsets":[0,32]},"s":{"dtype":"F32","shape":[],"data_offsets":[32,36]},"i":{"dtype":"I8","shape":[20],"data_offsets":[36,56]}}""",
    ];

    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "-1", "\"F64\"", "\"F4\"", "\"BOOL\"", "\"shape\":[]", "\"shape\":[4294967296,4294967296]", "\"data_offsets\":[0,0]", "\"data_offsets\":[56,0]",
        "[9223372036854775807,9223372036854775807]", "\"__metadata__\":{}", "\"a\":{},", "\\u0000",
    ];

    [Fact]
    public async Task Open_MutatedHeaders_GivesTensorsWithinTheFileOrATypedError()
    {
        using var folder = new TemporaryFolder();

        await Campaign.RunAsync(
            600, seed => Campaign.Json([.. Headers.Select(h => Encoding.UTF8.GetBytes(h))], Words, seed), header => Read(folder, WithLength(header)), error => error is ModelFormatException);
    }

    [Fact]
    public async Task Open_MutatedFiles_GivesTensorsWithinTheFileOrATypedError()
    {
        using var folder = new TemporaryFolder();

        await Campaign.RunAsync(
            400, seed => new Mutator([.. Headers.Select(h => WithLength(Encoding.UTF8.GetBytes(h)))], Words, seed).Next, bytes => Read(folder, bytes), error => error is ModelFormatException);
    }

    private static byte[] WithLength(byte[] header)
    {
        var file = new byte[8 + header.Length + DataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    private static void Read(TemporaryFolder folder, byte[] bytes)
    {
        File.WriteAllBytes(folder.File("model.safetensors"), bytes);
        using var checkpoint = Checkpoint.Open(folder.Path);
        foreach (var tensor in checkpoint.Tensors)
        {
            (tensor.Offset + tensor.Bytes).ShouldBeLessThanOrEqualTo(bytes.Length);
            if (tensor.Type != TensorType.Other) Touch(checkpoint.Get(tensor.Name, [.. tensor.Shape]).Address, tensor.Bytes);
        }
    }

    private static void Touch(nint address, long bytes)
    {
        for (var i = 0; i < bytes; i++) _ = Marshal.ReadByte(address, i);
    }
}
