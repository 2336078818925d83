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

    /// <summary>
    /// What makes cuBLAS choose kernels whose sums do not depend on the batch: no room for split sums. Measured on seven shapes of 8B and 0.6B models, batches of 1 to 256;
    /// the engine's check tries the model's own.
    /// </summary>
    public static void SetDeterminism()
    {
        _ = SetEnvironmentVariable("CUBLAS_WORKSPACE_CONFIG", ":16:8", overwrite: 1);
        _ = SetEnvironmentVariable("CUBLASLT_WORKSPACE_SIZE", "1", overwrite: 1);
        _ = SetEnvironmentVariable("TORCH_BLAS_PREFER_CUBLASLT", "1", overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
