using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Serving;

public class PullCreditsTests
{
    [Fact]
    public void Take_Free_IsAllOfIt()
    {
        var credits = new PullCredits(TimeProvider.System);
        credits.Free(3);

        credits.Take().ShouldBe(3);
        credits.Take().ShouldBe(0);
        credits.Awaited.ShouldBe(3);
    }

    [Fact]
    public void Take_AsManyAwaitedAsFree_WaitsWithAnotherPull()
    {
        var credits = new PullCredits(TimeProvider.System);
        credits.Free(4);
        credits.Take();
        credits.Free(4);
        credits.Take().ShouldBe(0);

        credits.Came();

        credits.Take().ShouldBe(4);
    }

    [Fact]
    public void RanOut_Rest_IsFreeAgain()
    {
        var credits = new PullCredits(TimeProvider.System);
        credits.Free(5);
        credits.Take();
        credits.Came();

        credits.RanOut(4);

        (credits.Awaited, credits.Take()).ShouldBe((0, 4));
    }

    [Fact]
    public void Expire_LostPull_IsFreeAgain()
    {
        var credits = new PullCredits(TimeProvider.System);
        credits.Free(2);
        credits.Take();

        credits.Expire(TimeSpan.FromHours(1));
        credits.Awaited.ShouldBe(2);
        credits.Expire(TimeSpan.FromTicks(-1));

        credits.Awaited.ShouldBe(0);
        credits.TakeAll().ShouldBe(2);
    }

    [Fact]
    public void PullCredits_AnyOrderOfEvents_LosesNoPlace()
    {
        var random = new Random(3);
        for (var run = 0; run < 200; run++)
        {
            var credits = new PullCredits(TimeProvider.System);
            var (room, running) = (1 + random.Next(12), 0);
            credits.Free(room);
            for (var i = 0; i < 100; i++)
            {
                switch (random.Next(4))
                {
                    case 0 when credits.Awaited > 0:
                        credits.Came();
                        running++;
                        break;
                    case 1 when running > 0:
                        running--;
                        credits.Free(1);
                        break;
                    case 2 when credits.Awaited > 0:
                        credits.RanOut(1 + random.Next(credits.Awaited));
                        break;
                    default:
                        credits.Take();
                        break;
                }
            }

            (credits.TakeAll() + running).ShouldBe(room);
        }
    }
}
