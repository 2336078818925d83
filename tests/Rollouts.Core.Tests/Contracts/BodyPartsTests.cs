namespace Rollouts.Tests.Contracts;

public class BodyPartsTests
{
    private const int MaxBytes = 100;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(104)]
    [InlineData(105)]
    [InlineData(5_000)]
    public void Split_AnyLength_JoinsToTheSameInAnyOrder(int length)
    {
        var random = new Random(length);
        var body = Body(length, random);
        var parts = BodyParts.Split(body, MaxBytes).ToArray();
        var assembler = new BodyAssembler(10_000, 10_000);

        parts.ShouldAllBe(p => p.Length <= MaxBytes);
        random.Shuffle(parts);
        foreach (var part in parts[..^1])
        {
            assembler.Add("a", part).ShouldBeNull();
            assembler.Add("a", part).ShouldBeNull();
        }

        assembler.Add("a", parts[^1])!.Value.ToArray().ShouldBe(body);
        assembler.NumWaiting.ShouldBe(0);
    }

    [Fact]
    public void Add_TwoBodiesUnderOneKey_AreNeverMixed()
    {
        var (one, other) = (Body(500, new Random(1)), Body(500, new Random(2)));
        var assembler = new BodyAssembler(10_000, 100_000);
        var parts = BodyParts.Split(one, MaxBytes).Zip(BodyParts.Split(other, MaxBytes)).ToArray();

        foreach (var (first, second) in parts[..^1])
        {
            assembler.Add("a", first).ShouldBeNull();
            assembler.Add("a", second).ShouldBeNull();
        }

        assembler.Add("a", parts[^1].Second)!.Value.ToArray().ShouldBe(other);
        assembler.Add("a", parts[^1].First)!.Value.ToArray().ShouldBe(one);
    }

    [Fact]
    public void Add_TooManyBodiesWait_TheOldestIsLetGoAndMayComeAgain()
    {
        var bodies = Enumerable.Range(0, 50).Select(i => Body(500, new Random(i))).ToArray();
        var assembler = new BodyAssembler(1_000, 2_000);

        foreach (var body in bodies) assembler.Add("a", BodyParts.Split(body, MaxBytes)[0]).ShouldBeNull();
        assembler.NumWaiting.ShouldBeInRange(2, 12);
        assembler.NumDropped.ShouldBe(50 - assembler.NumWaiting);

        BodyParts.Split(bodies[0], MaxBytes).Select(p => assembler.Add("a", p)).ToArray()[^1]!.Value.ToArray().ShouldBe(bodies[0]);
    }

    [Fact]
    public void Forget_Key_LetsAllItsPartsGo()
    {
        var assembler = new BodyAssembler(1_000, 100_000);
        foreach (var key in (string[])["a", "a", "b"]) assembler.Add(key, BodyParts.Split(Body(500, new Random(assembler.NumWaiting)), MaxBytes)[0]);

        assembler.Forget("a");

        assembler.NumWaiting.ShouldBe(1);
    }

    [Fact]
    public void Add_ChangedParts_GivesTheBodyOrATypedErrorAndKeepsItsBound()
    {
        var random = new Random(5);
        var body = Body(500, random);
        var assembler = new BodyAssembler(1_000, 3_000);
        var refused = 0;

        for (var i = 0; i < 5_000; i++)
        {
            var part = BodyParts.Split(body, MaxBytes)[random.Next(10)].ToArray();
            if (random.Next(3) == 0) part[random.Next(4, part.Length)] ^= (byte)(1 << random.Next(8));
            if (random.Next(20) == 0) part = part[..random.Next(4, part.Length)];
            try
            {
                if (assembler.Add("a", part) is { } whole) whole.ToArray().ShouldBe(body);
            }
            catch (BodyFormatException)
            {
                refused++;
            }

            assembler.NumWaiting.ShouldBeLessThan(20);
        }

        refused.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Add_BodyOverTheLimit_IsRefused()
    {
        var assembler = new BodyAssembler(499, 10_000);

        Should.Throw<BodyFormatException>(() => assembler.Add("a", BodyParts.Split(Body(500, new Random(1)), MaxBytes)[0]));
        Should.Throw<BodyFormatException>(() => assembler.Add("a", new byte[500]));
    }

    private static byte[] Body(int length, Random random)
    {
        var body = new byte[length];
        random.NextBytes(body);
        return body;
    }
}
