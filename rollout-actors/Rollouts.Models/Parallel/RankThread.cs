namespace Rollouts.Models;

/// <summary>What libtorch keeps a thread, set once on each thread that runs a rank: how many threads it may use itself, and that no gradients are recorded.</summary>
internal static class RankThread
{
    [ThreadStatic]
    private static int _threads;

    /// <summary>Prepares the calling thread, which must be the engine's or a rank's own: a trainer's would lose its gradients.</summary>
    /// <param name="threads">Of the rank.</param>
    public static void Prepare(int threads)
    {
        if (_threads == threads) return;
        _threads = threads;
        LibTorch.SetThreads(threads);
        TorchShims.ForgetGradients();
    }
}
