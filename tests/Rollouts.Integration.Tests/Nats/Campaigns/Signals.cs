using System.Runtime.InteropServices;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>Signals to processes that the tests have started.</summary>
internal static partial class Signals
{
    private const int Stopped = 19;
    private const int Continued = 18;

    /// <summary>SIGSTOP: it does nothing any more, and does not know it.</summary>
    public static void Stop(int process) => Send(process, Stopped);

    /// <summary>SIGCONT.</summary>
    public static void Continue(int process) => Send(process, Continued);

    private static void Send(int process, int signal)
    {
        if (Kill(process, signal) != 0) throw new InvalidOperationException($"signal {signal} to {process}: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
