using System.Collections.Concurrent;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Weights in a kernel device's memory. Threads read a checkpoint into pinned memory side by side; from there one after the other is copied.</summary>
/// <param name="randomScale">Memory comes filled with random numbers between minus this and this; 0 leaves it as it is.</param>
internal sealed class DeviceWeightArena(KernelDevice device, ElementType type, float randomScale) : WeightArena
{
    private const long StagingBytes = 16 << 20;

    private readonly ConcurrentBag<HostMemory> _staging = [];
    private readonly Lock _copying = new();
    private readonly List<SleepableMemory> _pieces = [];
    private int _seed;

    public override void Write(nint to, long bytes, Action<nint> write)
    {
        if (!_staging.TryTake(out var host) || host.Bytes < bytes)
        {
            host?.Dispose();
            host = device.AllocateHost(Math.Max(bytes, StagingBytes));
        }

        write(host.Address);
        lock (_copying)
        {
            device.Bind();
            device.Copy(host.Address, to, bytes);
            device.Synchronise();
        }

        _staging.Add(host);
    }

    /// <summary>Gives back what only loading needed.</summary>
    public void Settle()
    {
        while (_staging.TryTake(out var host)) host.Dispose();
    }

    /// <summary>Puts the weights by in the host's memory and gives the device's back.</summary>
    public void Sleep()
    {
        foreach (var piece in _pieces) piece.Sleep(keepsContents: true);
    }

    /// <summary>Brings them back, to the same addresses.</summary>
    public void Wake()
    {
        foreach (var piece in _pieces) piece.Wake();
    }

    public override void Dispose()
    {
        Settle();
        base.Dispose();
    }

    protected override (IDisposable Owner, nint Address) NewPiece(long bytes)
    {
        var piece = device.AllocateSleepable(bytes);
        _pieces.Add(piece);
        if (randomScale > 0) RandomFill.Fill(device, piece.Address, type, bytes / type.Bytes() / 8 * 8, randomScale, ++_seed);
        return (piece, piece.Address);
    }
}
