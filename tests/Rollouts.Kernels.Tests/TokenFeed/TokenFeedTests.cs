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

    [Fact]
    public unsafe void Keep_RowsWithCounts_CountsTheirTokens()
    {
        foreach (var device in devices.All)
        {
            using var counts = DeviceOperand.Integers(device, [0, DeviceSamplingRow.InPrompt | (4 << 16), 0x7FFF]);
            using var last = DeviceOperand.Integers(device, [0, 0, 0]);
            using var drawn = DeviceOperand.Integers(device, [2, 3, 4]);
            using var slots = DeviceOperand.Integers(device, [0, 1, 2]);
            DeviceSamplingRow[] rows = [DeviceSamplingRow.Greedy with { Counts = counts.Address }, DeviceSamplingRow.Greedy, DeviceSamplingRow.Greedy with { Counts = counts.Address }];
            using var settings = DeviceOperand.Integers(device, [.. System.Runtime.InteropServices.MemoryMarshal.Cast<DeviceSamplingRow, int>(rows)]);

            TokenFeed.Keep(device, drawn.Address, slots.Address, last.Address, 3, settings.Address);

            // Two counts lie in a word: token 2 was in the prompt, token 3's row has no counts, token 4's count is full.
            counts.Integers().ShouldBe([0, (DeviceSamplingRow.InPrompt + 1) | (4 << 16), 0x7FFF]);
        }
    }
}
