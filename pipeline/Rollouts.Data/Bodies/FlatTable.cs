using System.Buffers.Binary;
using System.Text;

namespace Rollouts.Data;

/// <summary>A table of a FlatBuffers message that is not trusted: every place is checked against the bytes.</summary>
/// <remarks>FlatBuffers' internals, https://flatbuffers.dev/internals/: a table begins with the distance back to its vtable, which has two lengths and then a place for each field.</remarks>
internal readonly ref struct FlatTable(ReadOnlySpan<byte> bytes, int position)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The table that a message is.</summary>
    public static FlatTable Root(ReadOnlySpan<byte> bytes) => new(bytes, Int(bytes, 0));

    public bool Has(int field) => Place(field) != 0;

    public int Byte(int field) => Place(field) is var place and not 0 ? _bytes[place] : 0;

    public long Long(int field) => Place(field) is var place and not 0 ? BinaryPrimitives.ReadInt64LittleEndian(_bytes[place..]) : 0;

    /// <summary>A text; empty where there is none.</summary>
    public string Text(int field)
    {
        if (Place(field) is not (var place and not 0)) return "";
        var vector = Follow(place);
        return Encoding.UTF8.GetString(_bytes.Slice(vector + 4, Int(_bytes, vector)));
    }

    public FlatTable Table(int field) => Place(field) is var place and not 0 ? new(_bytes, Follow(place)) : throw new BodyFormatException($"an Arrow message lacks its field {field}");

    /// <summary>Entries of a vector; 0 where there is none.</summary>
    public int Count(int field) => Place(field) is var place and not 0 ? Int(_bytes, Follow(place)) : 0;

    /// <summary>Where a vector's first entry lies.</summary>
    public int Entries(int field) => Follow(Place(field)) + 4;

    /// <summary>A table of a vector.</summary>
    public FlatTable Entry(int field, int index) => new(_bytes, Follow(Follow(Place(field)) + 4 + 4 * index));

    /// <summary>Where a field's value or distance lies; 0 where it has none.</summary>
    public int Place(int field)
    {
        var vtable = position - Int(_bytes, position);
        var slot = 4 + 2 * field;
        var place = slot + 2 <= Short(vtable) ? Short(vtable + slot) : 0;
        return place == 0 ? 0 : position + place;
    }

    private int Follow(int place) => place + Int(_bytes, place);

    private int Short(int place) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[place..]);

    private static int Int(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadInt32LittleEndian(bytes[place..]);
}
