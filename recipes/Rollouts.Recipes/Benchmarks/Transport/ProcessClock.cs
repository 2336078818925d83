using System.Runtime.InteropServices;

namespace Rollouts.Recipes;

/// <summary>The processor time of a process, in nanoseconds: /proc/PID/stat counts in hundredths of a second, too coarse for an idle one.</summary>
internal static partial class ProcessClock
{
    /// <summary>User and system time of all its threads, those that have ended too.</summary>
    /// <exception cref="IOException">There is no such process.</exception>
    /// <remarks>POSIX clock_getcpuclockid.</remarks>
    public static TimeSpan Read(int processId)
    {
        if (GetCpuClock(processId, out var clock) != 0 || GetTime(clock, out var time) != 0) throw new IOException($"process {processId} has no clock");
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetCpuClock(int processId, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
