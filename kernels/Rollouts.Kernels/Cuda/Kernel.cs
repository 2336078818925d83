using System.Reflection;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;

namespace Rollouts.Kernels;

/// <summary>A kernel of ours, before it is compiled for a device.</summary>
internal abstract class Kernel(string name, MethodInfo method, int maxThreads, int minGroups)
{
    /// <summary>Operation and variant.</summary>
    public string Name => name;

    /// <summary>The most threads a group may have.</summary>
    public int MaxThreads => maxThreads;

    /// <summary>How many groups a multiprocessor must hold at a time: the compiler keeps to the registers that this leaves.</summary>
    public KernelSpecialization Specialization { get; } = new(maxThreads, minGroups);

    /// <summary>For a device that takes smaller groups, as the simulated one.</summary>
    public KernelSpecialization SpecializationFor(int deviceThreads) =>
        maxThreads <= deviceThreads ? Specialization : new KernelSpecialization(deviceThreads, minGroups);

    /// <summary>The kernel in PTX, as a GPU's driver gets it.</summary>
    public string CompileToPtx(PTXBackend backend) =>
        ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), Specialization)).PTXAssembly;
}

/// <inheritdoc/>
internal sealed class Kernel<TArguments>(string name, Action<TArguments> body, int maxThreads, int minGroups) : Kernel(name, body.Method,
    maxThreads, minGroups)
    where TArguments : unmanaged
{
    public Action<TArguments> Body => body;
}
