namespace Rollouts.Models.Tests;

/// <summary>Ranks meet, and none waits for ever for one that does not come.</summary>
public class RankBarrierTests
{
    [Fact]
    public async Task Await_ManyRounds_NobodyIsARoundAhead()
    {
        const int Ranks = 4, Rounds = 300;
        var barrier = new RankBarrier(Ranks, TimeSpan.FromMinutes(1));
        var round = new int[Ranks];
        var ahead = 0;

        await Task.WhenAll(Enumerable.Range(0, Ranks).Select(rank => Task.Factory.StartNew(() =>
        {
            for (var r = 1; r <= Rounds; r++)
            {
                Volatile.Write(ref round[rank], r);
                barrier.Await();
                for (var other = 0; other < Ranks; other++)
                    if (Volatile.Read(ref round[other]) < r) Interlocked.Increment(ref ahead);
                barrier.Await();
            }
        }, TaskCreationOptions.LongRunning)));

        ahead.ShouldBe(0);
    }

    [Fact]
    public void Await_ARankThatDoesNotCome_EndsAtTheDeadline()
    {
        var barrier = new RankBarrier(2, TimeSpan.FromMilliseconds(20));

        Should.Throw<RankStoppedException>(barrier.Await).InnerException.ShouldBeOfType<TimeoutException>();
        barrier.Fault.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public void Await_ARankThatFailed_IsTold()
    {
        var barrier = new RankBarrier(2, TimeSpan.FromMinutes(1));
        barrier.Break(new InvalidOperationException("no memory"));

        Should.Throw<RankStoppedException>(barrier.Await).Message.ShouldContain("no memory");
    }
}
