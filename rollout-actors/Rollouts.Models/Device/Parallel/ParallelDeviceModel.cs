using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// A model whose ranks are threads of this process, each with a device of its own, its part of every matrix and of the KV. Split as on processors
/// (<see cref="ParallelPlan"/>); sums go over the devices' own links.
/// </summary>
/// <remarks>Shoeybi et al. 2019, Megatron-LM, <see href="https://arxiv.org/abs/1909.08053"/>, section 3.</remarks>
public sealed class ParallelDeviceModel : ILanguageModel, IParallelWork
{
    private readonly WorkerTeam _threads;
    private readonly RankTeam _team;
    private readonly DeviceRanks _group;
    private readonly DeviceModel?[] _ranks;
    private (StepPlan Plan, Activations Logits) _step;

    private ParallelDeviceModel(Func<int, DeviceRanks, DeviceModel> load, ParallelPlan plan, IReadOnlyList<KernelDevice> devices, DeviceCollectives collectives)
    {
        if (plan.NumRanks != devices.Count) throw new ArgumentException($"{plan.NumRanks} ranks on {devices.Count} devices");
        (_group, _ranks, _threads) = (new DeviceRanks(devices, plan, collectives), new DeviceModel?[devices.Count], new WorkerTeam(devices.Count));
        _team = new RankTeam(_threads, _group.Barrier, _group.Stop);
        try
        {
            _team.Run(rank => _ranks[rank] = load(rank, _group));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Each rank's model.</summary>
    public IReadOnlyList<DeviceModel> Ranks => _ranks!;

    /// <summary>How ranks sum; never Auto.</summary>
    public DeviceCollectives Collectives => _group.Kind;

    /// <inheritdoc/>
    public ModelConfig Config => Ranks[0].Config;

    /// <inheritdoc/>
    public ElementType Type => Ranks[0].Type;

    /// <summary>Loads a model folder.</summary>
    /// <param name="options">Its plan says how many ranks there are.</param>
    /// <param name="devices">One a rank; borrowed, must outlive the model.</param>
    /// <param name="collectives">How they are to sum.</param>
    /// <param name="readers">[ranks] threads that read the files.</param>
    /// <exception cref="ModelFormatException">The files are not what config.json says, the model cannot be spread so, or memory does not suffice.</exception>
    public static ParallelDeviceModel Load(
        string folder, ModelConfig config, ModelOptions options, IReadOnlyList<KernelDevice> devices, DeviceCollectives collectives, IReadOnlyList<IWorkerTeam> readers)
    {
        ParallelFit.Require(folder, config, options.Parallel);
        DeviceFit.Require(folder, config, options.Parallel);
        using var checkpoint = Checkpoint.Open(folder);
        return new ParallelDeviceModel((rank, group) => new DeviceModel(devices[rank], checkpoint, config, options, readers[rank], group, rank), options.Parallel, devices, collectives);
    }

    /// <summary>A model of this shape with random weights, made on the devices: for benchmarks.</summary>
    public static ParallelDeviceModel Random(
        ModelConfig config, ModelOptions options, IReadOnlyList<KernelDevice> devices, DeviceCollectives collectives, IReadOnlyList<IWorkerTeam> readers) =>
        new((rank, group) => new DeviceModel(devices[rank], null, config, options, readers[rank], group, rank), options.Parallel, devices, collectives);

    /// <summary>Runs item i on rank i's thread, all at once; what one throws ends the others' waits and is thrown here.</summary>
    public void RunOnEach(IParallelWork work) => _team.Run(work);

    /// <summary>Runs an action with each rank, on its thread; for what is not done step by step.</summary>
    public void RunOnEach(Action<int> action) => _team.Run(action);

    /// <summary>Returns when all ranks' threads are here.</summary>
    public void Meet() => _group.Barrier.Await();

    /// <inheritdoc/>
    public long KvBlockBytes(int blockSize) => Ranks.Sum(rank => rank.KvBlockBytes);

    /// <inheritdoc/>
    public void ReserveKv(int blockSize, int numBlocks) => _team.Run(rank =>
    {
        Ranks[rank].Bind();
        Ranks[rank].ReserveKv(numBlocks);
    });

    /// <inheritdoc/>
    public ReadOnlySpan<byte> RoutedExperts(int slot) => [];

    /// <inheritdoc/>
    public void Forward(StepPlan plan, Activations logits)
    {
        _step = (plan, logits);
        _team.Run(this);
    }

    void IParallelWork.Run(int rank) => Ranks[rank].Forward(_step.Plan, rank == 0 ? _step.Logits : null);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rank in _ranks) rank?.Dispose();
        _threads.Dispose();
    }
}
