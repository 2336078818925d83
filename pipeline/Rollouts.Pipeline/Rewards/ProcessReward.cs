using System.Collections.Immutable;
using System.Threading.Channels;

namespace Rollouts.Pipeline;

/// <summary>
/// Asks an external command, a JSON line a rollout. A worker that is late is killed and started again, and only the late rollout fails.
/// Each worker is asked one thing at a time, so a late answer can belong to nobody else.
/// </summary>
public sealed class ProcessReward : IReward, IAsyncDisposable
{
    private readonly Channel<RewardProcess> _idle;
    private readonly ImmutableArray<RewardProcess> _workers;

    /// <param name="name">The component's name.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="workers">Processes that run side by side.</param>
    /// <param name="deadline">For one rollout.</param>
    /// <param name="time">The clock.</param>
    public ProcessReward(string name, ImmutableArray<string> command, int workers, TimeSpan deadline, TimeProvider time)
    {
        Name = name;
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new RewardProcess(command, deadline, time))];
        _idle = Channel.CreateBounded<RewardProcess>(workers);
        foreach (var worker in _workers) _idle.Writer.TryWrite(worker);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool KeepsDeadline => true;

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<RewardOutcome>> ScoreAsync(RolloutGroup group, CancellationToken stopping) =>
        [.. await Task.WhenAll(group.Rollouts.Select(rollout => AskAsync(rollout, group.Prompt, stopping)))];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
    }

    private async Task<RewardOutcome> AskAsync(Rollout rollout, Prompt prompt, CancellationToken stopping)
    {
        if (rollout.Failure is not null) return RewardOutcome.Missing("no completion");
        var worker = await _idle.Reader.ReadAsync(stopping);
        try
        {
            return await worker.AskAsync(RewardQuestion.Encode(rollout, prompt), rollout.Id.ToString(), stopping);
        }
        finally
        {
            _idle.Writer.TryWrite(worker);
        }
    }
}
