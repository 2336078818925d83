using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// Drawn tokens go from one step to the next on the device: each sequence that runs has a slot, where its last token stands. So a step can be
/// launched before the host knows what the one before has drawn.
/// </summary>
public static class TokenFeed
{
    private const int Threads = 128;

    private static readonly Kernel<TokenFeedArguments> TakeKernel = new("token feed take", Take, Threads, 1);
    private static readonly Kernel<TokenFeedArguments> KeepKernel = new("token feed keep", Keep, Threads, 1);

    internal static IEnumerable<Kernel> Kernels => [TakeKernel, KeepKernel];

    /// <summary>Puts the last drawn token where the host did not know it.</summary>
    /// <param name="tokens">int [count]: the host's, -1 where it does not know; written there.</param>
    /// <param name="slots">int [count]: each token's sequence.</param>
    /// <param name="last">int [slots]: the last drawn tokens.</param>
    public static void Take(KernelDevice device, nint tokens, nint slots, nint last, int count) =>
        Launch(device, TakeKernel, tokens, slots, last, count, 0);

    /// <summary>Keeps drawn tokens for the next step.</summary>
    /// <param name="tokens">int [count]: drawn.</param>
    /// <param name="slots">int [count]: each row's sequence; -1 where the row draws for none.</param>
    /// <param name="last">int [slots], written.</param>
    /// <param name="settings"><see cref="DeviceSamplingRow"/> [count]: whose counts the tokens are added to, where a row has any; 0 for none.</param>
    public static void Keep(KernelDevice device, nint tokens, nint slots, nint last, int count, nint settings = 0) =>
        Launch(device, KeepKernel, tokens, slots, last, count, settings);

    internal static void Take(TokenFeedArguments a)
    {
        int i = Grid.IdxX * Group.DimX + Group.IdxX;
        if (i >= a.Count || Global.LoadInt(a.Tokens + i * 4L) >= 0) return;
        Global.StoreInt(a.Tokens + i * 4L, Global.ReadInt(a.Last + Global.ReadInt(a.Slots + i * 4L) * 4L));
    }

    internal static void Keep(TokenFeedArguments a)
    {
        int i = Grid.IdxX * Group.DimX + Group.IdxX;
        if (i >= a.Count) return;
        int slot = Global.ReadInt(a.Slots + i * 4L);
        if (slot < 0) return;
        int token = Global.ReadInt(a.Tokens + i * 4L);
        Global.StoreInt(a.Last + slot * 4L, token);
        if (a.Settings != 0) TokenSampler.Count(a.Settings, i, token);
    }

    private static void Launch(KernelDevice device, Kernel<TokenFeedArguments> kernel, nint tokens, nint slots, nint last, int count, nint settings) =>
        device.Launch(kernel, new Index3D((count + Threads - 1) / Threads, 1, 1), Threads,
            new TokenFeedArguments { Tokens = tokens, Slots = slots, Last = last, Count = count, Settings = settings });
}

internal struct TokenFeedArguments
{
    public long Tokens, Slots, Last, Settings;
    public int Count;
}
