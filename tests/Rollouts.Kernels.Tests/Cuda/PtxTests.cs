using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels.Tests;

/// <summary>
/// Every kernel compiles for a GPU on a machine without one. <c>ROLLOUTS_PTX</c> names a folder that keeps the code, for a look at its registers,
/// and <c>ROLLOUTS_PTX_ONLY</c> what the kernels' names begin with. In the devices' collection, for the simulated one's threads wait for each other
/// and suffer beside a busy compiler.
/// </summary>
[Collection(KernelDeviceCollection.Name)]
public class PtxTests
{
    [Fact]
    public void CompileToPtx_EveryKernel_Compiles()
    {
        using var context = KernelDevice.NewContext(_ => { });
        var folder = Environment.GetEnvironmentVariable("ROLLOUTS_PTX");
        var only = Environment.GetEnvironmentVariable("ROLLOUTS_PTX_ONLY") ?? "";
        Parallel.ForEach(KernelCatalogue.All.Where(k => k.Name.StartsWith(only, StringComparison.Ordinal)), kernel =>
        {
            using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
            var ptx = kernel.CompileToPtx(backend);

            ptx.ShouldContain($".maxntid {kernel.MaxThreads}");
            if (folder is not null) File.WriteAllText(Path.Combine(folder, kernel.Name.Replace(' ', '_') + ".ptx"), ptx);
        });
    }
}
