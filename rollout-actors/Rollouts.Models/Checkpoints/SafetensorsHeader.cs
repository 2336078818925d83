using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Reads and checks a safetensors header: a length, JSON, and byte ranges that cover the rest without holes or overlap.</summary>
internal static class SafetensorsHeader
{
    public static ImmutableArray<TensorEntry> Read(FileStream file, string path, long maxBytes)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8) throw Broken(path, "the file is shorter than its 8-byte header length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)maxBytes) throw Broken(path, $"the header says that it has {length} bytes; {maxBytes} is the most that the format allows");
        if ((long)length > file.Length - 8) throw Broken(path, $"the header says that it has {length} bytes, but the file has {file.Length}");
        var header = new byte[length];
        file.ReadExactly(header);
        if (header.Length == 0 || header[0] != '{') throw Broken(path, "the header does not begin with '{'");
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Entries(json.RootElement, path, 8 + (long)length, file.Length - 8 - (long)length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw Broken(path, $"the header is no safetensors header: {e.Message}");
        }
    }

    private static ImmutableArray<TensorEntry> Entries(JsonElement root, string path, long dataStart, long dataBytes)
    {
        var entries = root.EnumerateObject().Where(p => p.Name != "__metadata__").Select(p => Entry(p, path, dataStart)).OrderBy(e => e.Offset).ThenBy(e => e.Bytes).ToImmutableArray();
        var at = dataStart;
        foreach (var entry in entries)
        {
            if (entry.Offset != at) throw Broken(path, $"tensor '{entry.Name}' begins at byte {entry.Offset - dataStart} of the data, where {at - dataStart} was expected: ranges overlap or leave a hole");
            at += entry.Bytes;
        }

        return at == dataStart + dataBytes ? entries : throw Broken(path, $"the tensors take {at - dataStart} bytes, the file has {dataBytes} for them");
    }

    private static TensorEntry Entry(JsonProperty property, string path, long dataStart)
    {
        var typeName = property.Value.GetProperty("dtype").GetString()!;
        ImmutableArray<long> shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        var offsets = property.Value.GetProperty("data_offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        if (begin < 0 || end < begin || end > long.MaxValue - dataStart) throw Broken(path, $"tensor '{property.Name}' has the byte range {begin} to {end}");
        if (shape.Any(d => d < 0)) throw Broken(path, $"tensor '{property.Name}' has the shape [{string.Join(", ", shape)}]");
        var bits = BitsOf(typeName) ?? throw Broken(path, $"tensor '{property.Name}' has the unknown dtype '{typeName}'");
        var elements = shape.Aggregate(1L, (a, b) => checked(a * b));
        if (checked(elements * bits) != checked((end - begin) * 8))
            throw Broken(path, $"tensor '{property.Name}' of shape [{string.Join(", ", shape)}] and dtype {typeName} cannot have {end - begin} bytes");
        return new TensorEntry(property.Name, TypeOf(typeName), typeName, shape, dataStart + begin, end - begin);
    }

    private static TensorType TypeOf(string name) => name switch
    {
        "F32" => TensorType.F32,
        "F16" => TensorType.F16,
        "BF16" => TensorType.BF16,
        "F8_E4M3" => TensorType.F8E4M3,
        _ => TensorType.Other,
    };

    private static int? BitsOf(string name) => name switch
    {
        "F64" or "I64" or "U64" or "C64" => 64,
        "F32" or "I32" or "U32" => 32,
        "F16" or "BF16" or "I16" or "U16" => 16,
        "F8_E4M3" or "F8_E5M2" or "F8_E8M0" or "I8" or "U8" or "BOOL" => 8,
        "F6_E2M3" or "F6_E3M2" => 6,
        "F4" => 4,
        _ => null,
    };

    private static ModelFormatException Broken(string path, string what) => new($"{path}: {what}; download the file again");
}
