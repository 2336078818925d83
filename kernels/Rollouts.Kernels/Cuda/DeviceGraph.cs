namespace Rollouts.Kernels;

/// <summary>Work of a kernel device that was taken down once and is launched as one.</summary>
public abstract class DeviceGraph : IDisposable
{
    /// <summary>Gives the whole work to the stream; returns at once.</summary>
    public abstract void Launch();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Work that is simply done again.</summary>
internal sealed class SimulatedGraph(Action work) : DeviceGraph
{
    public override void Launch() => work();

    public override void Dispose()
    {
    }
}
