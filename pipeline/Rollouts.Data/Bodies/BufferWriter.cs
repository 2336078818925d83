using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Rollouts.Data;

/// <summary>Writes a body's columns into its bytes at once, byte for byte as the Arrow library does. A column has one value a row.</summary>
/// <param name="template">The body's kind.</param>
/// <param name="bytes">How many bytes the values have, about.</param>
internal sealed class BufferWriter(BodyTemplate template, int bytes)
{
    private const int MaxBytesOfChar = 3;

    private readonly long[] _nodes = new long[2 * template.NumNodes];
    private readonly long[] _buffers = new long[2 * template.NumBuffers];
    private byte[] _body = GC.AllocateUninitializedArray<byte>(template.Length + bytes + BodyTemplate.Alignment * template.NumBuffers + BodyTemplate.End.Length);
    private int _length = template.Length;
    private int _node;
    private int _buffer;

    /// <summary>The values of one row.</summary>
    public delegate ReadOnlySpan<TValue> ListOf<in TRow, TValue>(TRow row);

    /// <summary>The body, with its prefix and end.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        if (_node != _nodes.Length || _buffer != _buffers.Length) throw new InvalidOperationException($"{_node / 2} arrays and {_buffer / 2} buffers were written, of {template.NumNodes} and {template.NumBuffers}");
        template.CopyTo(_body, _length - template.Length, _nodes, _buffers);
        BodyTemplate.End.CopyTo(Reserve(BodyTemplate.End.Length));
        return _body.AsMemory(0, _length);
    }

    /// <summary>A list or a struct around the columns that come next.</summary>
    /// <param name="lengths">Of its rows, where it is a list.</param>
    public void Begin(int rows, ReadOnlySpan<int> lengths)
    {
        Node(rows, 0);
        Buffer(0);
        Offsets(lengths);
    }

    /// <summary>Which rows of a struct are there.</summary>
    public void Present(int rows, ReadOnlySpan<bool> present)
    {
        Node(rows, rows - present.Count(true));
        Bitmap(present);
    }

    /// <summary>A column of numbers.</summary>
    public void Numbers<TRow, TValue>(ReadOnlySpan<TRow> rows, Func<TRow, TValue> of) where TValue : unmanaged
    {
        Node(rows.Length, 0);
        Buffer(0);
        var values = MemoryMarshal.Cast<byte, TValue>(Buffer(rows.Length * Unsafe.SizeOf<TValue>()));
        for (var i = 0; i < rows.Length; i++) values[i] = of(rows[i]);
    }

    /// <summary>A number that may be absent, in one row.</summary>
    public void NumberOrNull(long? value)
    {
        Node(1, value is null ? 1 : 0);
        if (value is null) Bitmap([false]);
        else Buffer(0);
        MemoryMarshal.Write(Buffer(sizeof(long)), value ?? 0);
    }

    /// <summary>A column of lists of numbers.</summary>
    public void Lists<TRow, TValue>(ReadOnlySpan<TRow> rows, ListOf<TRow, TValue> of) where TValue : unmanaged
    {
        var count = Lengths(rows, of, isList: true);
        Node(count, 0);
        Buffer(0);
        Values(rows, of, count);
    }

    /// <summary>A column of bytes.</summary>
    public void Bytes<TRow>(ReadOnlySpan<TRow> rows, ListOf<TRow, byte> of) => Values(rows, of, Lengths(rows, of, isList: false));

    /// <summary>A column of texts, which may be absent.</summary>
    public void Texts<TRow>(ReadOnlySpan<TRow> rows, Func<TRow, string?> of)
    {
        Span<bool> present = rows.Length <= 64 ? stackalloc bool[rows.Length] : new bool[rows.Length];
        var chars = 0L;
        for (var i = 0; i < rows.Length; i++)
        {
            var text = of(rows[i]);
            present[i] = text is not null;
            chars += text?.Length ?? 0;
        }

        var nulls = rows.Length - present.Count(true);
        Node(rows.Length, nulls);
        if (nulls > 0) Bitmap(present);
        else Buffer(0);
        // Room for the most that the texts may need, so that they are gone through once.
        Grow(checked((rows.Length + 1) * sizeof(int) + (int)Math.Min(chars * MaxBytesOfChar, Array.MaxLength) + 2 * BodyTemplate.Alignment));
        var offsets = MemoryMarshal.Cast<byte, int>(Buffer((rows.Length + 1) * sizeof(int)));
        var values = _body.AsSpan(_length);
        offsets[0] = 0;
        for (var i = 0; i < rows.Length; i++) offsets[i + 1] = offsets[i] + Encoding.UTF8.GetBytes(of(rows[i]) ?? "", values[offsets[i]..]);
        Buffer(offsets[^1]);
    }

    private int Lengths<TRow, TValue>(ReadOnlySpan<TRow> rows, ListOf<TRow, TValue> of, bool isList)
    {
        Node(rows.Length, 0);
        Buffer(0);
        var offsets = MemoryMarshal.Cast<byte, int>(Buffer((rows.Length + 1) * sizeof(int)));
        offsets[0] = 0;
        for (var i = 0; i < rows.Length; i++) offsets[i + 1] = checked(offsets[i] + of(rows[i]).Length);
        return offsets[rows.Length];
    }

    private void Values<TRow, TValue>(ReadOnlySpan<TRow> rows, ListOf<TRow, TValue> of, int count) where TValue : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, TValue>(Buffer(checked(count * Unsafe.SizeOf<TValue>())));
        foreach (var row in rows)
        {
            of(row).CopyTo(values);
            values = values[of(row).Length..];
        }
    }

    private void Offsets(ReadOnlySpan<int> lengths)
    {
        var offsets = MemoryMarshal.Cast<byte, int>(Buffer((lengths.Length + 1) * sizeof(int)));
        offsets[0] = 0;
        for (var i = 0; i < lengths.Length; i++) offsets[i + 1] = offsets[i] + lengths[i];
    }

    private void Bitmap(ReadOnlySpan<bool> present)
    {
        var bits = Buffer((present.Length + 7) / 8);
        bits.Clear();
        for (var i = 0; i < present.Length; i++)
            if (present[i]) bits[i / 8] |= (byte)(1 << (i % 8));
    }

    private void Node(int rows, int nulls) => (_nodes[_node++], _nodes[_node++]) = (rows, nulls);

    /// <summary>The next buffer, of exactly these bytes; behind them it is filled up with zeros.</summary>
    private Span<byte> Buffer(int used)
    {
        var padded = checked(used + BodyTemplate.Alignment - 1) / BodyTemplate.Alignment * BodyTemplate.Alignment;
        (_buffers[_buffer++], _buffers[_buffer++]) = (_length - template.Length, padded);
        var buffer = Reserve(padded);
        buffer[used..].Clear();
        return buffer[..used];
    }

    private void Grow(int count)
    {
        if (_body.Length - _length < count) Array.Resize(ref _body, Math.Max(checked(_length + count), (int)Math.Min(2L * _body.Length, Array.MaxLength)));
    }

    private Span<byte> Reserve(int count)
    {
        Grow(count);
        var reserved = _body.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
