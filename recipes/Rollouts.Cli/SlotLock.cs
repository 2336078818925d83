namespace Rollouts.Cli;

/// <summary>
/// A slot has one process at a time: an actor whose agent was killed finishes what it runs, and the next one in its slot waits until it, and all that it held, is really gone.
/// The lock is the kernel's, so it goes with the process however that ends.
/// </summary>
internal static class SlotLock
{
    /// <summary>The environment variable that names the lock's file.</summary>
    public const string Variable = "ROLLOUTS_SLOT_LOCK";

    /// <summary>Waits for the slot; nothing to wait for where no agent has said one.</summary>
    public static async Task<IDisposable?> TakeAsync(CancellationToken stopping)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path) return null;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stopping);
            }
        }
    }
}
