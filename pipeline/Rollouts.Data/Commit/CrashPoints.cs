using System.Globalization;

namespace Rollouts.Data;

/// <summary>
/// A file store that ends the process at a named point of the commit path, as kill -9 would: what the durability campaign uses.
/// <c>ROLLOUTS_CRASH_AT=point:count</c>, where point is create, sync, rename, sync_folder or append, before or after (<c>rename+:3</c> is after the third rename).
/// </summary>
internal sealed class CrashPoints(IFileStore inner, string point, int count) : IFileStore
{
    /// <summary>The environment variable that asks for a crash.</summary>
    public const string Variable = "ROLLOUTS_CRASH_AT";

    private int _seen;

    /// <summary>Wraps a store where the environment asks for it.</summary>
    public static IFileStore FromEnvironment(IFileStore inner) =>
        Environment.GetEnvironmentVariable(Variable)?.Split(':') is [var point, var number]
            ? new CrashPoints(inner, point, int.Parse(number, CultureInfo.InvariantCulture))
            : inner;

    public async Task CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Reach("create");
        await inner.CreateAsync(path, content, cancellationToken);
        Reach("create+");
    }

    public void SyncFile(string path)
    {
        Reach("sync");
        inner.SyncFile(path);
        Reach("sync+");
    }

    public void Rename(string from, string to)
    {
        Reach("rename");
        inner.Rename(from, to);
        Reach("rename+");
    }

    public void SyncFolder(string path)
    {
        Reach("sync_folder");
        inner.SyncFolder(path);
        Reach("sync_folder+");
    }

    public void AppendDurably(string path, ReadOnlySpan<byte> content)
    {
        Reach("append");
        if (point == "append-half" && ++_seen == count)
        {
            inner.AppendDurably(path, content[..(content.Length / 2)]);
            Die();
        }

        inner.AppendDurably(path, content);
        Reach("append+");
    }

    private void Reach(string name)
    {
        if (name == point && Interlocked.Increment(ref _seen) == count) Die();
    }

    // SIGKILL, so that no finaliser, handler or flush of ours can help.
    private static void Die()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.InfiniteTimeSpan);
    }
}
