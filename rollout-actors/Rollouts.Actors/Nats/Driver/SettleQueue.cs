using System.Threading.Channels;

namespace Rollouts.Actors.Nats;

/// <summary>Tells the server of groups that are durable, on a task of its own: whoever commits does not wait for the network.</summary>
internal sealed class SettleQueue(GroupTable table, HeldResults held, WorkPublisher work)
{
    // Bounded by the groups of the session that are not settled, which wait for room before they are made.
    private readonly Channel<Order> _orders = Channel.CreateUnbounded<Order>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>These are durable.</summary>
    public void Add(IReadOnlyCollection<GroupId> groups) => _orders.Writer.TryWrite(new Order(groups, null));

    /// <summary>Done when all that was added before has been told.</summary>
    public async Task DrainAsync(CancellationToken stopping)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders.Writer.TryWrite(new Order([], done));
        await done.Task.WaitAsync(stopping);
    }

    /// <summary>Works until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var order in _orders.Reader.ReadAllAsync(stopping))
        {
            foreach (var group in order.Groups) await SettleAsync(GroupKey.Of(group), stopping);
            order.Done?.TrySetResult();
        }
    }

    private async Task SettleAsync(GroupKey key, CancellationToken stopping)
    {
        var answered = table.IsAnswered(key);
        table.Settle(key);
        await held.ReleaseAsync(key);
        if (answered) table.TakeUnderWay(key);
        // A group that ended without a result, by a deadline, may still be under way.
        else if (table.IsUnderWay(key)) await work.WithdrawAsync(key, stopping);
    }

    private sealed record Order(IReadOnlyCollection<GroupId> Groups, TaskCompletionSource? Done);
}
