using System.Buffers.Binary;

namespace Rollouts.Data;

/// <summary>
/// What is the same in every body of a kind, as the Arrow library writes it: the schema's message, and the record batch's but for a few numbers.
/// It is made once; a body is then its own numbers and buffers behind a copy of it.
/// </summary>
internal sealed class BodyTemplate
{
    /// <summary>Buffers begin at multiples of this, and their lengths are such.</summary>
    public const int Alignment = 64;

    /// <summary>The end of an Arrow stream: a continuation mark and a length of 0.</summary>
    public static ReadOnlySpan<byte> End => [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

    private const int NumberBytes = 16;
    private readonly byte[] _prefix;
    private readonly int _bodyLength;
    private readonly int _nodes;
    private readonly int _buffers;

    private BodyTemplate(ReadOnlySpan<byte> body)
    {
        var batch = 8 + BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        _prefix = body[..(batch + 8 + BinaryPrimitives.ReadInt32LittleEndian(body[(batch + 4)..]))].ToArray();
        var message = FlatTable.Root(_prefix.AsSpan(batch + 8));
        var record = message.Table(2);
        _bodyLength = batch + 8 + message.Place(3);
        (NumNodes, _nodes) = (record.Count(1), batch + 8 + record.Entries(1));
        (NumBuffers, _buffers) = (record.Count(2), batch + 8 + record.Entries(2));
        Clear(_prefix);
    }

    /// <summary>Of a group for an actor.</summary>
    public static BodyTemplate Work { get; } = new(LibraryBodies.Encode(new RolloutRequest(new GroupId(Purpose.Train, 0, new PromptId("0")), 0, [0], SamplingParams.Greedy)).Span);

    /// <summary>Of an answer.</summary>
    public static BodyTemplate Result { get; } = new(LibraryBodies.Encode(new RolloutAnswer(new GroupId(Purpose.Train, 0, new PromptId("0")), 0, RolloutResult.Aborted(new RolloutRequest(default, 0, [0], SamplingParams.Greedy)))).Span);

    /// <summary>Bytes before the first buffer.</summary>
    public int Length => _prefix.Length;

    /// <summary>Arrays of the record batch.</summary>
    public int NumNodes { get; }

    /// <summary>Buffers of the record batch.</summary>
    public int NumBuffers { get; }

    /// <summary>Puts the prefix in front of a body's buffers.</summary>
    public void CopyTo(Span<byte> body, int bufferBytes, ReadOnlySpan<long> nodes, ReadOnlySpan<long> buffers)
    {
        _prefix.CopyTo(body);
        BinaryPrimitives.WriteInt64LittleEndian(body[_bodyLength..], bufferBytes);
        for (var i = 0; i < nodes.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(body[(_nodes + 8 * i)..], nodes[i]);
        for (var i = 0; i < buffers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(body[(_buffers + 8 * i)..], buffers[i]);
    }

    /// <summary>Whether a body begins as this kind's do and ends as a stream does, numbers apart.</summary>
    public bool Matches(ReadOnlySpan<byte> body)
    {
        if (body.Length < Length + End.Length || !body.EndsWith(End)) return false;
        if (BinaryPrimitives.ReadInt64LittleEndian(body[_bodyLength..]) != body.Length - Length - End.Length) return false;
        // The numbers lie in this order: the body's length, buffers, nodes.
        var (afterBuffers, afterNodes) = (_buffers + NumberBytes * NumBuffers, _nodes + NumberBytes * NumNodes);
        return Same(body, 0, _bodyLength) && Same(body, _bodyLength + 8, _buffers) && Same(body, afterBuffers, _nodes) && Same(body, afterNodes, Length);
    }

    /// <summary>Rows and nulls of the arrays.</summary>
    public ReadOnlySpan<byte> Nodes(ReadOnlySpan<byte> body) => body.Slice(_nodes, NumberBytes * NumNodes);

    /// <summary>Places and lengths of the buffers.</summary>
    public ReadOnlySpan<byte> Buffers(ReadOnlySpan<byte> body) => body.Slice(_buffers, NumberBytes * NumBuffers);

    private bool Same(ReadOnlySpan<byte> body, int from, int to) => body[from..to].SequenceEqual(_prefix.AsSpan(from, to - from));

    private void Clear(Span<byte> prefix)
    {
        if (!(_bodyLength < _buffers && _buffers < _nodes)) throw new InvalidOperationException("The Arrow library lays its record batches out in another order.");
        prefix.Slice(_bodyLength, 8).Clear();
        prefix.Slice(_buffers, NumberBytes * NumBuffers).Clear();
        prefix.Slice(_nodes, NumberBytes * NumNodes).Clear();
    }
}
