using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>Environment variables that native libraries read. .NET's own SetEnvironmentVariable does not reach them on Linux.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>What must stand before libgomp is loaded; a value that the user set is kept.</summary>
    public static void SetDefaults() =>
        // Its idle threads would spin against our kernels' threads between two GEMMs.
        _ = SetEnvironmentVariable("OMP_WAIT_POLICY", "passive", overwrite: 0);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
