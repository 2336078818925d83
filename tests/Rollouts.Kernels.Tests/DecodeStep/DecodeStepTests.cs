namespace Rollouts.Kernels.Tests;

/// <summary>What a decode step leaves for the next.</summary>
[Collection(KernelDeviceCollection.Name)]
public class DecodeStepTests(KernelDevices devices)
{
    // Rows: one runs on, one into a new block, one meets a stop token, one meets it too early, one is full, one was over already, one has
    // no block left.
    [Fact]
    public void Advance_RowsOfEveryKind_RunOnOrEnd()
    {
        foreach (var device in devices.All)
        {
            const int Running = (int)DeviceRowState.Running, TableStride = 3;
            int[] table = [.. Enumerable.Range(0, 7 * TableStride).Select(i => 100 + i)];
            using var drawn = DeviceOperand.Integers(device, [11, 12, 13, 13, 15, 16, 17]);
            using var inputs = DeviceOperand.Integers(device, [-9, -9, -9, -9, -9, -9, -9]);
            using var positions = DeviceOperand.Integers(device, [4, 15, 20, 20, 30, 31, 47]);
            using var lengths = DeviceOperand.Integers(device, [5, 16, 21, 21, 31, 32, 48]);
            using var completed = DeviceOperand.Integers(device, [0, 3, 5, 5, 9, 9, 9]);
            using var limits = DeviceOperand.Integers(device, [10, 10, 10, 10, 10, 20, 99]);
            using var states = DeviceOperand.Integers(device, [Running, Running, Running, Running, Running, (int)DeviceRowState.Empty, Running]);
            using var slots = DeviceOperand.Integers(device, [-9, -9, -9, -9, -9, -9, -9]);
            using var tables = DeviceOperand.Integers(device, table);
            using var stops = DeviceOperand.Integers(device, [.. Enumerable.Range(0, 7).SelectMany(_ => new[] { 13, -1 })]);
            using var stopsFrom = DeviceOperand.Integers(device, [0, 0, 0, 6, 0, 0, 0]);

            DecodeStep.Advance(device, new DecodeRows(7, drawn.Address, inputs.Address, positions.Address, lengths.Address,
                completed.Address, limits.Address, states.Address, slots.Address,
                tables.Address, TableStride, stops.Address, 2, stopsFrom.Address, 0));

            states.Integers().ShouldBe([Running, Running, (int)DeviceRowState.Stopped, Running, (int)DeviceRowState.Full,
                (int)DeviceRowState.Empty, (int)DeviceRowState.Full]);
            inputs.Integers().ShouldBe([11, 12, 0, 13, 0, 0, 0]);
            positions.Integers().ShouldBe([5, 16, 0, 21, 0, 0, 0]);
            lengths.Integers().ShouldBe([6, 17, 0, 22, 0, 0, 0]);
            completed.Integers().ShouldBe([1, 4, 6, 6, 10, 9, 10]);
            slots.Integers().ShouldBe([100 * 16 + 5, 104 * 16, -1, 110 * 16 + 5, -1, -1, -1]);
        }
    }

    [Fact]
    public unsafe void Advance_RowWithPenalties_CountsItsToken()
    {
        foreach (var device in devices.All)
        {
            using var counts = DeviceOperand.Integers(device, [0x0003_8001, 0x7FFF_0000]);
            var row = DeviceSamplingRow.Greedy with { Counts = counts.Address };
            using var settings = DeviceOperand.Integers(device, new Span<int>(&row, sizeof(DeviceSamplingRow) / 4).ToArray());
            foreach (var token in new[] { 0, 1, 2, 3 })
            {
                using var drawn = DeviceOperand.Integers(device, [token]);
                using var zeros = DeviceOperand.Zeros(device, 64);
                using var limits = DeviceOperand.Integers(device, [9]);
                var at = zeros.Address;
                DecodeStep.Advance(device, new DecodeRows(1, drawn.Address, at + 4, at + 8, at + 12, at + 16, limits.Address, at, at + 20,
                    at + 32, 1, 0, 0, at + 24, settings.Address));
            }

            // A full count stays.
            counts.Integers().ShouldBe([0x0004_8002, 0x7FFF_0001]);
        }
    }

    [Fact]
    public void UpdateTables_FewerThanAtMost_WritesThoseAlone()
    {
        foreach (var device in devices.All)
        {
            using var tables = DeviceOperand.Integers(device, [1, 2, 3, 4, 5]);
            using var updates = DeviceOperand.Integers(device, [2, 4, 50, 0, 10, 1, 99]);

            DecodeStep.UpdateTables(device, tables.Address, updates.Address, 3);

            tables.Integers().ShouldBe([10, 2, 3, 4, 50]);
        }
    }
}
