using System.Security.Cryptography;

namespace Rollouts.Tests;

public class NoiseKeyTests
{
    private static readonly RolloutId Rollout = new(new GroupId(Purpose.Train, 3, new PromptId("p-é")), 5);

    [Fact]
    public void For_KnownRollout_IsTheFirstEightBytesOfTheHash()
    {
        // seed 17, train, epoch 3, sibling 5, "p-é" in UTF-8
        byte[] message = [17, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, (byte)'p', (byte)'-', 0xC3, 0xA9];
        var hash = SHA256.HashData(message);

        NoiseKey.For(17, Rollout).ShouldBe(new NoiseKey(BitConverter.ToUInt32(hash, 0), BitConverter.ToUInt32(hash, 4)));
    }

    [Fact]
    public void For_AnyPartOfTheIdChanged_GivesAnotherKey()
    {
        NoiseKey[] keys =
        [
            NoiseKey.For(17, Rollout),
            NoiseKey.For(18, Rollout),
            NoiseKey.For(17, Rollout with { Sibling = 6 }),
            NoiseKey.For(17, Rollout with { Group = Rollout.Group with { Epoch = 4 } }),
            NoiseKey.For(17, Rollout with { Group = Rollout.Group with { Purpose = Purpose.Eval } }),
            NoiseKey.For(17, Rollout with { Group = Rollout.Group with { Prompt = new PromptId(new string('x', 1000)) } }),
        ];

        keys.Distinct().Count().ShouldBe(keys.Length);
    }
}
