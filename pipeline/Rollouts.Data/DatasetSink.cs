using System.Threading.Channels;

namespace Rollouts.Data;

/// <summary>
/// Collects decided groups and commits them file by file, on a task of its own so that the graph goes on meanwhile.
/// A full queue stops the graph: that is the back-pressure of a slow disk.
/// </summary>
public sealed class DatasetSink : IRolloutSink
{
    private readonly GroupCommitter _committer;
    private readonly DatasetOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<IReadOnlyCollection<GroupId>> _committed;
    private readonly Channel<Order> _orders;
    private readonly CancellationTokenSource _failed = new();
    private readonly Task _loop;

    /// <summary>A sink over an opened folder. The session stays the caller's, to be disposed after the sink.</summary>
    /// <param name="committed">Told of groups once they are durable; must not throw.</param>
    public DatasetSink(OutputSession session, DatasetOptions options, TimeProvider time, Action<IReadOnlyCollection<GroupId>>? committed = null)
    {
        _committed = committed ?? (_ => { });
        _committer = new GroupCommitter(session, time);
        _options = options;
        _time = time;
        _orders = Channel.CreateBounded<Order>(new BoundedChannelOptions(1024) { SingleReader = true });
        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(GroupBatch batch, CancellationToken stopping)
    {
        if (!_orders.Writer.TryWrite(new Order(batch, null))) await SendAsync(new Order(batch, null), stopping);
        else if (_loop.IsFaulted) await _loop;
    }

    /// <inheritdoc/>
    public async Task FlushAsync(CancellationToken stopping)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(new Order(null, done), stopping);
        await await Task.WhenAny(done.Task, _loop).WaitAsync(stopping);
    }

    /// <summary>Commits what is left and closes the session's accounting. Throws what the last commit threw.</summary>
    public async Task CompleteAsync()
    {
        _orders.Writer.TryComplete();
        await _loop;
        _committer.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _orders.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _failed.Dispose();
    }

    private async Task SendAsync(Order order, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, _failed.Token);
        try
        {
            await _orders.Writer.WriteAsync(order, either.Token);
        }
        catch (OperationCanceledException) when (_failed.IsCancellationRequested)
        {
            await _loop;
        }
    }

    private async Task LoopAsync()
    {
        try
        {
            var open = new OpenFile();
            while (await NextAsync(open) is { } next)
            {
                if (next.Batch is { } batch) open.Add(batch, _time.GetUtcNow());
                if (open.IsFull(_options) || next.Done is not null || IsDue(open)) await SealAsync(open);
                next.Done?.SetResult();
            }

            await SealAsync(open);
        }
        catch
        {
            await _failed.CancelAsync();
            throw;
        }
    }

    /// <summary>The next order; an empty one when the open file's time has come; null at the end.</summary>
    private async ValueTask<Order?> NextAsync(OpenFile open)
    {
        if (_orders.Reader.TryRead(out var ready)) return ready;
        if (open.FirstAt is not { } first) return await _orders.Reader.WaitToReadAsync() && _orders.Reader.TryRead(out ready) ? ready : null;
        var wait = first + _options.SealAfter - _time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return Order.Empty;
        using var due = new CancellationTokenSource(wait, _time);
        try
        {
            return await _orders.Reader.WaitToReadAsync(due.Token) && _orders.Reader.TryRead(out ready) ? ready : null;
        }
        catch (OperationCanceledException)
        {
            return Order.Empty;
        }
    }

    private bool IsDue(OpenFile open) => open.FirstAt is { } first && _time.GetUtcNow() - first >= _options.SealAfter;

    private async Task SealAsync(OpenFile open)
    {
        await _committer.CommitAsync(open.Groups, CancellationToken.None);
        _committed([.. open.Groups.Select(g => g.Id)]);
        open.Clear();
    }

    private sealed record Order(GroupBatch? Batch, TaskCompletionSource? Done)
    {
        public static readonly Order Empty = new(null, null);
    }

    /// <summary>Groups that no line names yet.</summary>
    private sealed class OpenFile
    {
        private long _bytes;
        private int _rows;

        public List<RolloutGroup> Groups { get; } = [];

        public DateTimeOffset? FirstAt { get; private set; }

        public void Add(GroupBatch batch, DateTimeOffset now)
        {
            FirstAt ??= now;
            foreach (var group in batch.Groups)
            {
                Groups.Add(group);
                _rows += group.Rollouts.Length;
                foreach (var rollout in group.Rollouts) _bytes += 200 + 4L * group.PromptTokenIds.Length + (rollout.Completion is { } c ? BytesOf(c) : 0);
            }
        }

        private static long BytesOf(Completion c) => 15L * c.TokenIds.Length + 8L * c.Top.TokenIds.Length + 4L * c.PromptLogProbs.Length;

        public bool IsFull(DatasetOptions options) => _rows >= options.RowsPerFile || _bytes >= options.BytesPerFile;

        public void Clear()
        {
            Groups.Clear();
            FirstAt = null;
            (_bytes, _rows) = (0, 0);
        }
    }
}
