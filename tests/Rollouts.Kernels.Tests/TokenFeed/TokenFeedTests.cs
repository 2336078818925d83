namespace Rollouts.Kernels.Tests;

/// <summary>Drawn tokens on their way from one step to the next.</summary>
[Collection(KernelDeviceCollection.Name)]
public class TokenFeedTests(KernelDevices devices)
{
    [Fact]
    public void KeepThenTake_TokensTheHostDoesNotKnow_ComeFromTheirSequencesSlots()
    {
        foreach (var device in devices.All)
        {
            using var last = DeviceOperand.Integers(device, [-9, -9, -9, -9]);
            using var drawn = DeviceOperand.Integers(device, [11, 12, 13]);
            using var rowSlots = DeviceOperand.Integers(device, [2, -1, 0]);
            using var tokens = DeviceOperand.Integers(device, [-1, 7, -1, 0]);
            using var slots = DeviceOperand.Integers(device, [0, 2, 2, 1]);

            TokenFeed.Keep(device, drawn.Address, rowSlots.Address, last.Address, 3);
            TokenFeed.Take(device, tokens.Address, slots.Address, last.Address, 4);

            last.Integers().ShouldBe([13, -9, 11, -9]);
            tokens.Integers().ShouldBe([13, 7, 11, 0]);
        }
    }
}
