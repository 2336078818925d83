using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>What a decode step takes on the device, without the host, and of what it is made.</summary>
public sealed class DeviceStepTimer
{
    private const int Replays = 15;

    private readonly DeviceRunner _runner;
    private readonly DeviceModel _model;
    private readonly ModelConfig _config;
    private readonly int _batch;

    internal DeviceStepTimer(DeviceRunner runner, DeviceModel model, ModelConfig config, int batch) => (_runner, _model, _config, _batch) = (runner, model, config, batch);

    /// <summary>Bytes that a step must read: every weight but the embedding's rows that are not asked for, and all keys and values.</summary>
    /// <param name="context">Tokens of each sequence.</param>
    public double Bytes(int context) => _model.ProductBytes + (double)_batch * context / DevicePagedKv.BlockSize * _model.KvBlockBytes;

    /// <summary>Terabytes a second that a kernel which only reads gets here.</summary>
    public double ReadBandwidth() => KernelBenchmark.ReadBandwidth((CudaDevice)_model.Device);

    /// <summary>Milliseconds of the last decode step's graph, replayed: it computes the same tokens again.</summary>
    public double GraphMs() => Time(_runner.ReplayLast);

    /// <summary>Milliseconds of its matrix products alone, in a graph.</summary>
    public double ProductsMs()
    {
        void Products() => _model.Products(_batch);
        Products();
        using var graph = _model.Device.Capture(Products);
        return Time(graph.Launch);
    }

    /// <summary>Milliseconds of its sampling alone, in a graph.</summary>
    public double SamplingMs()
    {
        void Draw() => _runner.DrawAgain(_batch);
        Draw();
        using var graph = _model.Device.Capture(Draw);
        return Time(graph.Launch);
    }

    private double Time(Action launch)
    {
        using DeviceEvent start = _model.Device.NewEvent(), end = _model.Device.NewEvent();
        var times = new double[Replays];
        for (var i = -2; i < Replays; i++)
        {
            start.Record();
            launch();
            end.Record();
            end.Synchronise();
            if (i >= 0) times[i] = end.MsSince(start);
        }

        Array.Sort(times);
        return times[Replays / 2];
    }
}
