using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>Environment variables that native libraries read. .NET's own SetEnvironmentVariable does not reach them on Linux.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>What must stand before libgomp is loaded; a value that the user set is kept.</summary>
    public static void SetDefaults()
    {
        // Between two kernels its threads look for work about a tenth of a millisecond, then they sleep: for ever spinning is what the active policy
        // does, and a busy neighbour then costs fifty times the step; sleeping at once costs a third of it.
        _ = SetEnvironmentVariable("OMP_WAIT_POLICY", "passive", overwrite: 0);
        _ = SetEnvironmentVariable("GOMP_SPINCOUNT", "100000", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
