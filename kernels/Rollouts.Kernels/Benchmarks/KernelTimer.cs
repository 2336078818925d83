namespace Rollouts.Kernels;

/// <summary>Times launches inside a CUDA graph, as a decode step has them: the median over replays of the mean over the graph's launches.</summary>
internal sealed class KernelTimer(CudaDevice device)
{
    private const int Replays = 15;
    private const int WarmUp = 3;

    /// <summary>Microseconds of one launch.</summary>
    /// <param name="launch">Takes the number of the launch, so that it can rotate among operands.</param>
    public double Microseconds(int launches, Action<int> launch)
    {
        launch(0);
        device.Synchronise();
        using var graph = CudaGraph.Capture(device, () =>
        {
            for (var i = 0; i < launches; i++) launch(i);
        });
        using var start = new CudaEvent(device);
        using var end = new CudaEvent(device);
        var times = new double[Replays];
        for (var i = -WarmUp; i < Replays; i++)
        {
            start.Record();
            graph.Launch();
            end.Record();
            end.Synchronise();
            if (i >= 0) times[i] = end.MsSince(start) * 1000 / launches;
        }

        Array.Sort(times);
        return times[Replays / 2];
    }
}
