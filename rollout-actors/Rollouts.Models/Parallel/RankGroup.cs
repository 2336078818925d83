using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Ranks that are threads of this process: they see each other's memory, so a collective is a barrier, a share of the work each, and a barrier.</summary>
internal sealed class RankGroup(int numRanks)
{
    /// <summary>Elements that one rank sums at least: two would share a cache line below.</summary>
    private const int LineElements = 32;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private readonly nint[] _buffers = new nint[numRanks];

    /// <summary>Where they meet.</summary>
    public RankBarrier Barrier { get; } = new(numRanks, Deadline);

    /// <summary>What one rank calls.</summary>
    public ICollective For(int rank) => new Member(this, rank);

    private void AllReduce(int rank, Activations activations, int rows)
    {
        _buffers[rank] = activations.Row(0);
        Barrier.Await();
        var length = (long)rows * activations.Width;
        var share = (length + numRanks * LineElements - 1) / (numRanks * LineElements) * LineElements;
        var first = Math.Min(length, rank * share);
        Kernels.AllReduce.Run(_buffers, activations.Type, first, Math.Min(share, length - first));
        Barrier.Await();
    }

    private sealed class Member(RankGroup group, int rank) : ICollective
    {
        public void AllReduce(Activations activations, int rows) => group.AllReduce(rank, activations, rows);

        /// <summary>The whole is one buffer for all ranks of this process.</summary>
        public unsafe void GatherColumns(Activations part, Activations whole, int firstColumn, int rows)
        {
            var (bytes, offset) = (part.Width * part.Type.Bytes(), firstColumn * part.Type.Bytes());
            for (var r = 0; r < rows; r++) Buffer.MemoryCopy((void*)part.Row(r), (void*)(whole.Row(r) + offset), bytes, bytes);
        }
    }
}
