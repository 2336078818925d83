using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Where a model on kernel devices comes from.</summary>
/// <param name="Config">Its shape.</param>
/// <param name="Name">For errors.</param>
/// <param name="One">Makes it on one device.</param>
/// <param name="Several">Makes it on several, one a rank.</param>
internal sealed record DeviceModelMaker(
    ModelConfig Config, string Name, Func<ModelOptions, KernelDevice, IWorkerTeam, DeviceModel> One,
    Func<ModelOptions, IReadOnlyList<KernelDevice>, DeviceCollectives, IReadOnlyList<IWorkerTeam>, ParallelDeviceModel> Several)
{
    /// <summary>A model folder.</summary>
    public static DeviceModelMaker Folder(string folder, ModelConfig config) => new(config, folder,
        (options, device, team) => DeviceModel.Load(folder, config, options, device, team),
        (options, devices, collectives, teams) => ParallelDeviceModel.Load(folder, config, options, devices, collectives, teams));

    /// <summary>Random weights.</summary>
    public static DeviceModelMaker Random(ModelConfig config) => new(config, config.ModelType,
        (options, device, team) => DeviceModel.Random(config, options, device, team),
        (options, devices, collectives, teams) => ParallelDeviceModel.Random(config, options, devices, collectives, teams));
}
