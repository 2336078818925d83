using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Rollouts.Training;

/// <summary>Writes parameters as model.safetensors in bfloat16.</summary>
public static class CheckpointWriter
{
    /// <summary>Writes a folder's weights; the file appears whole or not at all.</summary>
    public static void Write(string folder, IEnumerable<(string Name, Tensor Value)> parameters)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "model.safetensors");
        (string Name, Tensor Value)[] sorted = [.. parameters.OrderBy(p => p.Name, StringComparer.Ordinal)];
        using (var file = File.Create(path + ".tmp"))
        {
            WriteHeader(file, sorted);
            foreach (var (_, value) in sorted) WriteTensor(file, value);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static void WriteHeader(Stream to, (string Name, Tensor Value)[] parameters)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            var at = 0L;
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            foreach (var (name, tensor) in parameters)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "BF16");
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.numel() * 2);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The format wants the data to begin at a multiple of eight; spaces may follow the JSON.
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        to.Write(length);
        header.WriteTo(to);
    }

    private static void WriteTensor(Stream to, Tensor tensor)
    {
        using var rounded = tensor.detach().to(ScalarType.BFloat16).cpu().contiguous();
        to.Write(rounded.bytes);
    }
}
