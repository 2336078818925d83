namespace Rollouts.Kernels.Tests;

public class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyRounds_DoesEachItemOnce(int threads)
    {
        using var team = new WorkerTeam(threads);
        var random = new Random(6);
        for (var round = 0; round < 3000; round++)
        {
            var items = random.Next(40);
            var work = new Counting(items);

            team.Run(work, items);

            work.Counts.ShouldAllBe(c => c == 1);
        }
    }

    private sealed class Counting(int items) : IParallelWork
    {
        public int[] Counts { get; } = new int[items];

        public void Run(int item) => Interlocked.Increment(ref Counts[item]);
    }
}
