using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rollouts.Data;

/// <summary>
/// Looks at a body before the Arrow library does: exactly a schema, one record batch and the end, and a tree of fields of the expected shape.
/// A schema from a stranger may be nested without end, or name one part a million times; walking it beside the expected one ends it at the first step aside.
/// </summary>
internal static class BodyGuard
{
    private const int MaxMetadataBytes = 64 << 10;
    private const int MaxEntries = 16;
    private const int SchemaHeader = 1;
    private const int BatchHeader = 3;

    public static void Check(ReadOnlySpan<byte> body, Schema expected)
    {
        var rest = body;
        var schema = Next(ref rest, SchemaHeader).Table(2);
        if (schema.Byte(0) != 0) throw new BodyFormatException("the body is big-endian");
        CheckMetadata(schema, expected);
        CheckFields(schema, 1, expected.FieldsList);
        CheckBatch(Next(ref rest, BatchHeader).Table(2), CountFields(expected.FieldsList));
        if (!rest.SequenceEqual(BodyTemplate.End)) throw new BodyFormatException($"after its record batch the body has {rest.Length} bytes that are not the end of an Arrow stream");
    }

    /// <summary>Takes one message off, its body too.</summary>
    private static FlatTable Next(ref ReadOnlySpan<byte> rest, int header)
    {
        if (rest.Length < 8 || !rest.StartsWith(BodyTemplate.End[..4])) throw new BodyFormatException("the body is no Arrow IPC stream, or is cut short");
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
        if (length is <= 0 or > MaxMetadataBytes || length > rest.Length - 8) throw new BodyFormatException($"an Arrow message of {length} bytes in {rest.Length}; it may have {MaxMetadataBytes}");
        var message = FlatTable.Root(rest.Slice(8, length));
        var bytes = message.Long(3);
        if (bytes < 0 || bytes > rest.Length - 8 - length) throw new BodyFormatException($"an Arrow message's body of {bytes} bytes in {rest.Length}");
        if (message.Byte(1) != header) throw new BodyFormatException($"an Arrow message of kind {message.Byte(1)} where {header} must be: a body is a schema and one record batch");
        rest = rest[(8 + length + (int)bytes)..];
        return message;
    }

    private static void CheckMetadata(FlatTable schema, Schema expected)
    {
        Limit(schema.Count(2), "schema metadata");
        foreach (var (key, value) in expected.Metadata)
        {
            var found = "nothing";
            for (var i = 0; i < schema.Count(2); i++)
                if (schema.Entry(2, i) is var entry && entry.Text(0) == key) found = entry.Text(1);
            if (found != value) throw new BodyFormatException($"the body's metadata has {key} = {found}; here it must be {value}");
        }
    }

    private static void CheckFields(FlatTable parent, int vector, IReadOnlyList<Field> expected)
    {
        if (parent.Count(vector) != expected.Count) throw new BodyFormatException($"the body has {parent.Count(vector)} fields where there are {expected.Count}; it is of another kind or version");
        for (var i = 0; i < expected.Count; i++)
        {
            var field = parent.Entry(vector, i);
            // Writers differ in how they name the items of a list, which have no names of their own.
            if (expected[i].Name != ArrowFields.Item && field.Text(0) is var name && name != expected[i].Name)
                throw new BodyFormatException($"the body has the field {name} where {expected[i].Name} must be");
            if (field.Has(4)) throw new BodyFormatException($"field {expected[i].Name} has a dictionary");
            Limit(field.Count(6), "field metadata");
            CheckFields(field, 5, expected[i].DataType is NestedType nested ? nested.Fields : []);
        }
    }

    /// <summary>The Arrow library makes room for as many arrays as a batch says that it has.</summary>
    private static void CheckBatch(FlatTable batch, int fields)
    {
        if (batch.Has(3)) throw new BodyFormatException("the body is compressed; bodies are not");
        if (batch.Count(1) != fields) throw new BodyFormatException($"the record batch has {batch.Count(1)} arrays for {fields} fields");
        // A list has two buffers, a text three; no array has more.
        if (batch.Count(2) < fields || batch.Count(2) > 3 * fields) throw new BodyFormatException($"the record batch has {batch.Count(2)} buffers for {fields} arrays");
    }

    private static int CountFields(IReadOnlyList<Field> fields) => fields.Sum(f => 1 + (f.DataType is NestedType nested ? CountFields(nested.Fields) : 0));

    private static void Limit(int entries, string what)
    {
        if (entries is < 0 or > MaxEntries) throw new BodyFormatException($"{entries} entries of {what}; {MaxEntries} are taken");
    }
}
