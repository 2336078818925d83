using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>What a decode step takes on the device, without the host, and of what it is made. Of several ranks the first one's clock is read, while all do the same.</summary>
public sealed class DeviceStepTimer
{
    private const int Replays = 15;

    private readonly MadeRunner _made;
    private readonly int _batch;

    internal DeviceStepTimer(MadeRunner made, int batch) => (_made, _batch) = (made, batch);

    private DeviceModel First => _made.Models[0];

    /// <summary>Bytes that a rank must read for a step: every weight but the embedding's rows that are not asked for, and all keys and values.</summary>
    /// <param name="context">Tokens of each sequence.</param>
    public double Bytes(int context) => First.ProductBytes(_batch) + (double)_batch * context / DevicePagedKv.BlockSize * First.KvBlockBytes;

    /// <summary>Terabytes a second that a kernel which only reads gets here.</summary>
    public double ReadBandwidth() => KernelBenchmark.ReadBandwidth((CudaDevice)First.Device);

    /// <summary>Milliseconds of the last decode step's graph, replayed: it computes the same tokens again.</summary>
    public double GraphMs() => Time(rank => _made.Ranks[rank].ReplayLast);

    /// <summary>Milliseconds of its matrix products alone, in a graph.</summary>
    public double ProductsMs() => TimeCaptured(rank => _made.Models[rank].Products(_batch));

    /// <summary>Milliseconds of its sampling alone, in a graph.</summary>
    public double SamplingMs() => TimeCaptured(rank => _made.Ranks[rank].DrawAgain(_batch));

    /// <summary>Milliseconds of what its ranks sum and gather, in a graph; 0 where there is one.</summary>
    public double ExchangesMs() => _made.Together is null ? 0 : TimeCaptured(rank => _made.Models[rank].Exchanges(_batch));

    private double TimeCaptured(Action<int> work)
    {
        var graphs = new DeviceGraph[_made.Models.Count];
        _made.OnEach(rank =>
        {
            work(rank);
            graphs[rank] = _made.Models[rank].Device.Capture(() => work(rank));
        });
        var ms = Time(rank => graphs[rank].Launch);
        foreach (var graph in graphs) graph.Dispose();
        return ms;
    }

    private double Time(Func<int, Action> launchOf)
    {
        var times = new double[Replays];
        _made.OnEach(rank =>
        {
            var (device, launch) = (_made.Models[rank].Device, launchOf(rank));
            using DeviceEvent start = device.NewEvent(), end = device.NewEvent();
            for (var i = -2; i < Replays; i++)
            {
                start.Record();
                launch();
                end.Record();
                end.Synchronise();
                if (i >= 0 && rank == 0) times[i] = end.MsSince(start);
            }
        });
        Array.Sort(times);
        return times[Replays / 2];
    }
}
