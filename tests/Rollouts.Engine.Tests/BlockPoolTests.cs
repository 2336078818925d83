namespace Rollouts.Engine.Tests;

public class BlockPoolTests
{
    [Fact]
    public void AnyOrderOfCalls_KeepsCountsAndFreeListInStep()
    {
        var random = new Random(1);
        var pool = new BlockPool(20);
        var held = new List<int>();
        for (var i = 0; i < 20_000; i++)
        {
            switch (random.Next(3))
            {
                case 0 when pool.Rent() is var block and >= 0: held.Add(block); break;
                case 1 when held.Count > 0: Retain(pool, held, random); break;
                case 2 when held.Count > 0: Release(pool, held, random); break;
            }

            pool.NumFree.ShouldBe(20 - held.Distinct().Count());
        }
    }

    [Fact]
    public void Release_NamedBlock_CanBeTakenUpUntilItIsHandedOut()
    {
        var pool = new BlockPool(2);
        var hash = BlockHash.Of(default, [1, 2, 3], default);
        var block = pool.Rent();
        pool.Publish(block, hash);
        pool.Release(block);

        pool.Find(hash).ShouldBe(block);
        pool.Retain(block);
        pool.NumFree.ShouldBe(1);
        pool.Release(block);
        _ = (pool.Rent(), pool.Rent());
        pool.Find(hash).ShouldBe(-1);
    }

    [Fact]
    public void Release_Twice_IsAFault()
    {
        var pool = new BlockPool(1);
        var block = pool.Rent();
        pool.Release(block);

        Should.Throw<InvalidOperationException>(() => pool.Release(block));
    }

    [Fact]
    public void Of_AnyTokenOrVersionChanged_IsAnotherHash()
    {
        var first = BlockHash.Of(default, [1, 2], default);

        first.ShouldNotBe(BlockHash.Of(default, [1, 3], default));
        first.ShouldNotBe(BlockHash.Of(default, [1, 2], new PolicyVersion(1)));
        first.ShouldNotBe(BlockHash.Of(first, [1, 2], default));
    }

    private static void Retain(BlockPool pool, List<int> held, Random random)
    {
        var block = held[random.Next(held.Count)];
        pool.Retain(block);
        held.Add(block);
    }

    private static void Release(BlockPool pool, List<int> held, Random random)
    {
        var i = random.Next(held.Count);
        pool.Release(held[i]);
        held.RemoveAt(i);
    }
}
