using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rollouts;

/// <summary>
/// Joins what <see cref="BodyParts"/> cut. Parts may come in any order and more than once; parts of two bodies under one key are told apart by their hash.
/// Memory is bounded: when parts of too many bodies wait, those of the body begun first are let go, and must be sent again. Used by one caller at a time.
/// </summary>
/// <param name="maxBodyBytes">The largest body.</param>
/// <param name="maxWaitingBytes">Of all parts that wait, with a little for each; at least a body.</param>
public sealed class BodyAssembler(int maxBodyBytes, long maxWaitingBytes)
{
    /// <summary>What a waiting part costs beside its bytes, counted so that empty or tiny parts are bounded too.</summary>
    private const int PartCost = 128;

    private readonly OrderedDictionary<(string Key, string Digest), Waiting> _waiting = [];
    private long _waitingBytes;

    /// <summary>Bodies of which some parts wait for others.</summary>
    public int NumWaiting => _waiting.Count;

    /// <summary>Bodies whose parts were let go for lack of room.</summary>
    public long NumDropped { get; private set; }

    /// <summary>Takes a message and gives the body that it completes: at once where it is no part; null while others are missing.</summary>
    /// <param name="key">Which group and attempt it belongs to. The message's bytes are kept, not copied, until then.</param>
    /// <exception cref="BodyFormatException">The message is a part that cannot be, or the parts together are not the body that they claim.</exception>
    public ReadOnlyMemory<byte>? Add(string key, ReadOnlyMemory<byte> message)
    {
        if (!BodyParts.IsPart(message.Span)) return message.Length <= maxBodyBytes ? message : throw TooLarge(message.Length);
        var (index, count, total, digest, bytes) = Read(message);
        var name = (key, digest);
        if (!_waiting.TryGetValue(name, out var body)) _waiting.Add(name, body = new Waiting(count, total));
        if (body.Count != count || body.Total != total) throw new BodyFormatException($"part {index} says {count} parts and {total} bytes, another {body.Count} and {body.Total}");
        if (!body.Parts.TryAdd(index, bytes)) return null;
        body.Bytes += bytes.Length;
        _waitingBytes += bytes.Length + PartCost;
        if (body.Parts.Count == count) return Join(name, body);
        if (body.Bytes >= total) throw Let(name, $"{body.Parts.Count} of {count} parts have {body.Bytes} bytes, the whole {total}");
        MakeRoom(name);
        return null;
    }

    /// <summary>Lets all parts under a key go: its group is decided.</summary>
    public void Forget(string key)
    {
        foreach (var name in _waiting.Keys.Where(n => n.Key == key).ToArray()) Remove(name);
    }

    private (int Index, int Count, int Total, string Digest, ReadOnlyMemory<byte> Bytes) Read(ReadOnlyMemory<byte> message)
    {
        if (message.Length <= BodyParts.HeaderBytes) throw new BodyFormatException($"a part of {message.Length} bytes; its head alone has {BodyParts.HeaderBytes}");
        var head = message.Span;
        var index = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        var count = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        var total = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        if (total > maxBodyBytes) throw TooLarge(total);
        if (count is < 1 or > BodyParts.MaxParts || index < 0 || index >= count || total < count) throw new BodyFormatException($"part {index} of {count} of a body of {total} bytes");
        return (index, count, total, Convert.ToHexString(head[16..BodyParts.HeaderBytes]), message[BodyParts.HeaderBytes..]);
    }

    private ReadOnlyMemory<byte> Join((string Key, string Digest) name, Waiting body)
    {
        if (body.Bytes != body.Total) throw Let(name, $"its {body.Count} parts have {body.Bytes} bytes, not {body.Total}");
        var whole = new byte[body.Total];
        var end = 0;
        for (var i = 0; i < body.Count; end += body.Parts[i++].Length) body.Parts[i].CopyTo(whole.AsMemory(end));
        if (Convert.ToHexString(SHA256.HashData(whole)) != name.Digest) throw Let(name, "its parts together have another hash than they say");
        Remove(name);
        return whole;
    }

    private void MakeRoom((string, string) newest)
    {
        while (_waitingBytes > maxWaitingBytes && _waiting.Count > 1)
        {
            var oldest = _waiting.GetAt(0).Key;
            Remove(oldest == newest ? _waiting.GetAt(1).Key : oldest);
            NumDropped++;
        }
    }

    private BodyFormatException Let((string Key, string Digest) name, string why)
    {
        Remove(name);
        return new BodyFormatException($"body {name.Key}: {why}");
    }

    private void Remove((string, string) name)
    {
        if (_waiting.Remove(name, out var body)) _waitingBytes -= body.Bytes + (long)PartCost * body.Parts.Count;
    }

    private BodyFormatException TooLarge(int bytes) => new($"a body of {bytes} bytes; {maxBodyBytes} are taken");

    private sealed class Waiting(int count, int total)
    {
        public int Count { get; } = count;

        public int Total { get; } = total;

        public long Bytes { get; set; }

        public Dictionary<int, ReadOnlyMemory<byte>> Parts { get; } = [];
    }
}
