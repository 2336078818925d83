namespace Rollouts.Kernels.Cuda;

/// <summary>Every ILGPU kernel, so that tests can compile each.</summary>
internal static class KernelCatalogue
{
    public static IEnumerable<Kernel> All => [.. Embedding.Kernels, .. RmsNorm.Kernels, .. Rotary.Kernels, .. PagedAttention.Kernels,
        .. PagedLatentAttention.Kernels, .. SiluMul.Kernels, .. TokenSampler.Kernels, .. ExpertRouting.Kernels, .. DecodeStep.Kernels,
        .. TokenFeed.Kernels, .. KvGather.Kernels, .. HeadCopy.Kernels, .. ExpertVectors.Kernels, .. AllReduce.Kernels, .. AllGather.Kernels, .. RandomFill.Kernels, .. MemoryKernels.Kernels];
}
