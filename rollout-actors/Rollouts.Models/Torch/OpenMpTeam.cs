using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// libtorch's own OpenMP threads, lent to our kernels between two GEMMs. A team of our own would fight them for the processors: whichever waits for work
/// spins while the other has some, and every kernel would begin with a thread being woken.
/// </summary>
public sealed unsafe partial class OpenMpTeam : IWorkerTeam
{
    private GCHandle _self;
    private IParallelWork? _work;
    private Exception? _fault;
    private int _items;
    private int _next;

    /// <param name="threads">At least one; the caller is one of them.</param>
    public OpenMpTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        LibTorch.Ensure();
        Count = threads;
        _self = GCHandle.Alloc(this);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public void Run(IParallelWork work, int items)
    {
        if (items <= 1 || Count == 1)
        {
            for (var i = 0; i < items; i++) work.Run(i);
            return;
        }

        (_work, _items, _next, _fault) = (work, items, 0, null);
        Parallel(&Take, GCHandle.ToIntPtr(_self), (uint)Count, 0);
        if (_fault is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
    }

    [UnmanagedCallersOnly]
    private static void Take(nint self)
    {
        var team = (OpenMpTeam)GCHandle.FromIntPtr(self).Target!;
        try
        {
            while (Interlocked.Increment(ref team._next) - 1 is var item && item < team._items) team._work!.Run(item);
        }
        catch (Exception e)
        {
            // An exception must not cross the C code between.
            team._fault = e;
        }
    }

    /// <summary>What a compiler makes of <c>#pragma omp parallel</c> (libgomp ABI).</summary>
    [LibraryImport("gomp", EntryPoint = "GOMP_parallel")]
    private static partial void Parallel(delegate* unmanaged<nint, void> function, nint data, uint threads, uint flags);
}
