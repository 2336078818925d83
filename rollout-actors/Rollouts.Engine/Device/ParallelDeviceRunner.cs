using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>
/// Runs every step on all ranks of a model. Each rank has a runner and a thread of its own and computes everything, drawn tokens too, from the same steps; so they
/// stay together without telling each other more than their models' sums.
/// </summary>
internal sealed class ParallelDeviceRunner : IStepRunner
{
    private readonly ParallelDeviceModel _model;
    private readonly DeviceRunner[] _ranks;
    private readonly OnEach _launch;
    private readonly OnEach _await;

    /// <param name="model">The runner's from here on.</param>
    /// <param name="ranks">Each rank's; the runner's from here on.</param>
    public ParallelDeviceRunner(ParallelDeviceModel model, DeviceRunner[] ranks)
    {
        (_model, _ranks) = (model, ranks);
        _launch = new OnEach(ranks, static (runner, step) => runner.Launch(step));
        _await = new OnEach(ranks, static (runner, step) => runner.Await(step));
    }

    /// <inheritdoc/>
    public void Launch(StepTicket step) => _model.RunOnEach(_launch.With(step));

    /// <inheritdoc/>
    public void Await(StepTicket step) => _model.RunOnEach(_await.With(step));

    /// <inheritdoc/>
    public void Sleep() => _model.RunOnEach(rank => _ranks[rank].Sleep());

    /// <inheritdoc/>
    public void Wake() => _model.RunOnEach(rank => _ranks[rank].Wake());

    /// <summary>No rank's memory goes while another's device may still read it.</summary>
    public void Dispose()
    {
        foreach (var rank in _ranks) rank.TrySettle();
        foreach (var rank in _ranks) rank.Dispose();
        _model.Dispose();
    }

    /// <summary>What each rank does with a step; one object for all steps.</summary>
    private sealed class OnEach(DeviceRunner[] ranks, Action<DeviceRunner, StepTicket> action) : Kernels.IParallelWork
    {
        private StepTicket? _step;

        public OnEach With(StepTicket step)
        {
            _step = step;
            return this;
        }

        void Kernels.IParallelWork.Run(int rank) => action(ranks[rank], _step!);
    }
}
