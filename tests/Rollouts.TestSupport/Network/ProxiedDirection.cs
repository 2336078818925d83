using System.Net.Sockets;
using System.Threading.Channels;

namespace Rollouts.TestSupport.Network;

/// <summary>One direction of a connection: reads chunks, holds each until it is due, and writes it as the faults of that moment say.</summary>
/// <param name="from">Where bytes come from.</param>
/// <param name="to">Where they go.</param>
/// <param name="faults">The faults of this moment.</param>
/// <param name="fromIsLost">Whether the one end has gone without the other being told.</param>
/// <param name="toIsLost">The same of the other end.</param>
internal sealed class ProxiedDirection(
    Socket from, Socket to, ProxiedConnection connection, Func<DirectionFaults> faults, Func<bool> fromIsLost, Func<bool> toIsLost, Random random)
{
    /// <summary>How often a waiting direction looks at the faults.</summary>
    public static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private const int ChunkBytes = 32 << 10;
    private const int MaxChunks = 1024;
    private readonly Channel<(ReadOnlyMemory<byte> Bytes, long Due)> _underWay = Channel.CreateBounded<(ReadOnlyMemory<byte>, long)>(MaxChunks);
    private readonly TimeProvider _time = TimeProvider.System;
    private long _lastDue;
    private long _lineIsFree;      // when the last byte has left, at the bandwidth
    private long _numBytes;
    private bool _endedByReset;

    /// <summary>Ends when this direction has ended; passes on how.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        var reading = ReadAsync(ending);
        try
        {
            await foreach (var (bytes, due) in _underWay.Reader.ReadAllAsync(ending)) await PassAsync(bytes, due, ending);
            await PassEndAsync(ending);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            if (!toIsLost()) connection.Reset();
            await SinkAsync(ending);
        }
        finally
        {
            await reading;
        }
    }

    private async Task ReadAsync(CancellationToken ending)
    {
        try
        {
            while (true)
            {
                var chunk = new byte[ChunkBytes];
                var count = await from.ReceiveAsync(chunk, ending);
                if (count == 0) break;
                await _underWay.Writer.WriteAsync((chunk.AsMemory(0, count), Due()), ending);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _endedByReset = true;
        }

        _underWay.Writer.TryComplete();
    }

    /// <summary>Latency is a moment, not a pause: the next chunk is read while this one is under way.</summary>
    private long Due()
    {
        var now = faults();
        var delay = now.Latency + (random.NextDouble() * now.Jitter);
        return _lastDue = Math.Max(_lastDue, _time.GetTimestamp() + Ticks(delay));
    }

    private async Task PassAsync(ReadOnlyMemory<byte> bytes, long due, CancellationToken ending)
    {
        await UntilAsync(due, ending);
        while (faults().Stall) await Task.Delay(Glance, ending);
        if (faults().Drop || toIsLost())
        {
            connection.MarkLossy();
            return;
        }

        while (bytes.Length > 0)
        {
            var slice = bytes[..SliceOf(bytes.Length)];
            bytes = bytes[slice.Length..];
            await SendAsync(slice, ending);
        }
    }

    private int SliceOf(int length)
    {
        var now = faults();
        var slice = now.MaxSliceBytes is { } max ? Math.Min(length, random.Next(1, max + 1)) : length;
        return now.LimitBytes is { } limit ? (int)Math.Clamp(limit - _numBytes, 1, slice) : slice;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> slice, CancellationToken ending)
    {
        if (faults().BytesPerSecond is { } rate)
        {
            _lineIsFree = Math.Max(_lineIsFree, _time.GetTimestamp()) + Ticks(TimeSpan.FromSeconds((double)slice.Length / rate));
            await UntilAsync(_lineIsFree, ending);
        }

        for (var sent = 0; sent < slice.Length;) sent += await to.SendAsync(slice[sent..], ending);
        _numBytes += slice.Length;
        if (faults() is not { LimitBytes: { } limit } now || _numBytes < limit) return;
        if (now.LimitByReset) connection.Reset();
        else connection.Close();
    }

    private async Task PassEndAsync(CancellationToken ending)
    {
        await UntilAsync(_time.GetTimestamp() + Ticks(faults().CloseDelay), ending);
        while (faults().Stall) await Task.Delay(Glance, ending);
        if (fromIsLost() || toIsLost() || faults().Drop) connection.MarkLossy();
        else if (_endedByReset) connection.Reset();
        else to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What still comes vanishes.</summary>
    private async Task SinkAsync(CancellationToken ending)
    {
        connection.MarkLossy();
        await foreach (var _ in _underWay.Reader.ReadAllAsync(ending)) continue;
    }

    private async Task UntilAsync(long due, CancellationToken ending)
    {
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), due);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, ending);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
