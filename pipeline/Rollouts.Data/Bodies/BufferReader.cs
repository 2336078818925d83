using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Rollouts.Data;

/// <summary>
/// Reads the columns of a body that is laid out as <see cref="BodyTemplate"/>, in their order, without the Arrow library. Nothing is trusted: whatever is not exactly
/// as this codec writes it makes the reader odd, and the body is the library's to read or to refuse.
/// </summary>
internal ref struct BufferReader
{
    private readonly ReadOnlySpan<byte> _values;
    private ReadOnlySpan<long> _nodes;
    private ReadOnlySpan<long> _buffers;

    private BufferReader(ReadOnlySpan<byte> body, BodyTemplate template)
    {
        _values = body[template.Length..^BodyTemplate.End.Length];
        _nodes = MemoryMarshal.Cast<byte, long>(template.Nodes(body));
        _buffers = MemoryMarshal.Cast<byte, long>(template.Buffers(body));
    }

    /// <summary>Whether something was met that this reader does not read: what it gave is of no use.</summary>
    public bool IsOdd { get; private set; }

    /// <summary>The request; null where the library has to look at the body.</summary>
    public static RolloutRequest? TryReadRequest(ReadOnlySpan<byte> body)
    {
        if (!BitConverter.IsLittleEndian || !BodyTemplate.Work.Matches(body)) return null;
        var reader = new BufferReader(body, BodyTemplate.Work);
        var (group, attempt) = reader.Id();
        var prompt = reader.Lists<int>(1);
        var sampling = reader.Texts(1, nullable: false);
        var soFar = CompletionReader.TryRead(ref reader, mayLack: true);
        return reader.IsOdd ? null : new RolloutRequest(group, attempt, prompt[0], SamplingJson.Read(sampling[0]!)) { SoFar = ImmutableCollectionsMarshal.AsImmutableArray(soFar) };
    }

    /// <summary>The answer; null where the library has to look at the body.</summary>
    public static RolloutAnswer? TryReadAnswer(ReadOnlySpan<byte> body)
    {
        if (!BitConverter.IsLittleEndian || !BodyTemplate.Result.Matches(body)) return null;
        var reader = new BufferReader(body, BodyTemplate.Result);
        var (group, attempt) = reader.Id();
        var actor = reader.Texts(1, nullable: false);
        var startedAt = reader.Time();
        var completions = CompletionReader.TryRead(ref reader, mayLack: false);
        return reader.IsOdd ? null : new RolloutAnswer(group, attempt, new RolloutResult(new ActorId(actor[0]!), startedAt, ImmutableCollectionsMarshal.AsImmutableArray(completions)!));
    }

    /// <summary>Leaves the body to the library.</summary>
    public void BecomeOdd() => IsOdd = true;

    /// <summary>A column of numbers without nulls.</summary>
    public ReadOnlySpan<T> Numbers<T>(int rows) where T : unmanaged
    {
        Expect(rows, mayLack: false);
        return Buffer<T>(rows);
    }

    /// <summary>A column of lists, copied.</summary>
    public ImmutableArray<T>[] Lists<T>(int rows) where T : unmanaged
    {
        Expect(rows, mayLack: false);
        var offsets = Offsets(rows, out var count);
        Expect(count, mayLack: false);
        return Cut(Buffer<T>(count), offsets, rows);
    }

    /// <summary>A column of bytes, copied.</summary>
    public ImmutableArray<byte>[] Bytes(int rows)
    {
        Expect(rows, mayLack: false);
        var offsets = Offsets(rows, out var count);
        return Cut(Buffer<byte>(count), offsets, rows);
    }

    /// <summary>A column of texts.</summary>
    public string?[] Texts(int rows, bool nullable)
    {
        var present = Expect(rows, nullable);
        var offsets = Offsets(rows, out var count);
        var values = Buffer<byte>(count);
        var texts = new string?[rows];
        if (IsOdd) return texts;
        for (var i = 0; i < rows && !IsOdd; i++)
            if (IsSet(present, i)) texts[i] = Text(values[offsets[i]..offsets[i + 1]]);
        return texts;
    }

    /// <summary>A column of words.</summary>
    public T?[] Words<T>(int rows, bool nullable) where T : struct, Enum
    {
        var texts = Texts(rows, nullable);
        var words = new T?[rows];
        for (var i = 0; i < rows && !IsOdd; i++)
        {
            if (texts[i] is not { } text) continue;
            if (Data.Words<T>.TryRead(text, out var word)) words[i] = word;
            else IsOdd = true;
        }

        return words;
    }

    /// <summary>The list in one row that the structs lie in, and which of them are there.</summary>
    public ReadOnlySpan<byte> Structs(bool mayLack, out int rows)
    {
        Expect(1, mayLack: false);
        Offsets(1, out rows);
        // What is left are the structs' columns.
        if (rows > BodyRules.MaxSiblings) IsOdd = true;
        return Expect(rows, mayLack, alwaysMapped: true);
    }

    /// <summary>Whether a row is there.</summary>
    public static bool IsSet(ReadOnlySpan<byte> bits, int row) => bits.IsEmpty || (bits[row / 8] >> (row % 8) & 1) != 0;

    private (GroupId Group, int Attempt) Id()
    {
        var purpose = Words<Purpose>(1, nullable: false)[0];
        var epoch = Numbers<int>(1);
        var prompt = Texts(1, nullable: false)[0];
        var attempt = Numbers<int>(1);
        return IsOdd ? default : (new GroupId(purpose!.Value, epoch[0], new PromptId(prompt!)), attempt[0]);
    }

    private DateTimeOffset Time()
    {
        var present = Expect(1, mayLack: true);
        var nanoseconds = Buffer<long>(1);
        return IsOdd || !IsSet(present, 0) ? default : DateTimeOffset.UnixEpoch.AddTicks(nanoseconds[0] / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Takes an array's rows and its bitmap, which is empty where all rows are there.</summary>
    private ReadOnlySpan<byte> Expect(int rows, bool mayLack, bool alwaysMapped = false)
    {
        var (found, nulls) = (_nodes[0], _nodes[1]);
        _nodes = _nodes[2..];
        if (found != rows || nulls < 0 || nulls > rows || nulls > 0 && !mayLack) IsOdd = true;
        var bits = Buffer<byte>(nulls > 0 || alwaysMapped ? (rows + 7) / 8 : 0);
        return nulls > 0 ? bits : [];
    }

    private ReadOnlySpan<int> Offsets(int rows, out int count)
    {
        var offsets = Buffer<int>(IsOdd ? 0 : rows + 1);
        count = 0;
        if (IsOdd) return offsets;
        if (offsets[0] != 0) IsOdd = true;
        foreach (var offset in offsets)
        {
            if (offset < count) IsOdd = true;
            count = offset;
        }

        return offsets;
    }

    /// <summary>The next buffer, of which the first values are taken.</summary>
    private ReadOnlySpan<T> Buffer<T>(int count) where T : unmanaged
    {
        var (offset, length) = (_buffers[0], _buffers[1]);
        _buffers = _buffers[2..];
        if (offset < 0 || length < 0 || offset > _values.Length || length > _values.Length - offset || (long)count * Unsafe.SizeOf<T>() > length) IsOdd = true;
        return IsOdd ? [] : MemoryMarshal.Cast<byte, T>(_values.Slice((int)offset, count * Unsafe.SizeOf<T>()));
    }

    /// <summary>A text, gone through once: its length in characters is known only then.</summary>
    private string Text(ReadOnlySpan<byte> utf8)
    {
        char[]? rented = null;
        var chars = utf8.Length <= 256 ? stackalloc char[256] : rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        IsOdd = Utf8.ToUtf16(utf8, chars, out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done;
        var text = chars[..written].ToString();
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return text;
    }

    private ImmutableArray<T>[] Cut<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> offsets, int rows)
    {
        var lists = new ImmutableArray<T>[IsOdd ? 1 : rows];
        for (var i = 0; i < rows && !IsOdd; i++) lists[i] = ImmutableArray.Create(values[offsets[i]..offsets[i + 1]]);
        return lists;
    }
}
