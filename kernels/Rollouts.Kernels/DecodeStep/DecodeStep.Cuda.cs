using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>How a sequence in a row of a decode batch fares, as the device sees it.</summary>
public enum DeviceRowState
{
    /// <summary>The row draws tokens.</summary>
    Running = 0,

    /// <summary>The last token was a stop token.</summary>
    Stopped = 1,

    /// <summary>The completion or the context is full.</summary>
    Full = 2,

    /// <summary>No sequence is here.</summary>
    Empty = 3,
}

/// <summary>A decode batch in device memory: what one step leaves for the next. Arrays of int [rows] unless said.</summary>
/// <param name="NumRows">Rows, empty ones included.</param>
/// <param name="Drawn">The tokens that the sampler has just drawn.</param>
/// <param name="Inputs">Written: the tokens of the next step.</param>
/// <param name="Positions">Of the inputs; advanced.</param>
/// <param name="Lengths">Tokens that the inputs attend to, themselves included; advanced, 0 for a row that does not run.</param>
/// <param name="Completed">Which completion token is drawn next; advanced.</param>
/// <param name="Limits">Completion tokens at most.</param>
/// <param name="States"><see cref="DeviceRowState"/>; written when a row ends.</param>
/// <param name="Slots">Written: where the inputs' keys and values go; -1 for a row that does not run.</param>
/// <param name="Tables">[rows, <paramref name="TableStride"/>]: block tables.</param>
/// <param name="Stops">[rows, <paramref name="MaxStops"/>]: stop tokens, -1 where there are fewer.</param>
/// <param name="StopsFrom">Completion tokens before which a stop token does not end the row.</param>
/// <param name="Settings"><see cref="DeviceSamplingRow"/> [rows]: whose counts the drawn token is added to; 0 where no row has penalties.</param>
public readonly record struct DecodeRows(int NumRows, nint Drawn, nint Inputs, nint Positions, nint Lengths, nint Completed, nint Limits,
    nint States, nint Slots, nint Tables, int TableStride, nint Stops, int MaxStops, nint StopsFrom, nint Settings);

/// <summary>The end of a decode step on a kernel device: drawn tokens become inputs, so that the next step needs nothing from the host.</summary>
public static class DecodeStep
{
    private const int Threads = 64;

    private static readonly Kernel<DecodeStepArguments> AdvanceKernel = new("decode step advance", Advance, Threads, 1);
    private static readonly Kernel<BlockUpdateArguments> UpdateKernel = new("decode step block tables", UpdateTables, Threads, 1);

    internal static IEnumerable<Kernel> Kernels => [AdvanceKernel, UpdateKernel];

    /// <summary>Takes the drawn tokens: ends rows at stop tokens and limits, advances the others.</summary>
    public static void Advance(KernelDevice device, in DecodeRows rows) =>
        device.Launch(AdvanceKernel, new Index3D((rows.NumRows + Threads - 1) / Threads, 1, 1), Threads, new DecodeStepArguments
        {
            Drawn = rows.Drawn, Inputs = rows.Inputs, Positions = rows.Positions, Lengths = rows.Lengths, Completed = rows.Completed,
            Limits = rows.Limits, States = rows.States,
            Slots = rows.Slots, Tables = rows.Tables, Stops = rows.Stops, StopsFrom = rows.StopsFrom, Settings = rows.Settings,
            Rows = rows.NumRows, TableStride = rows.TableStride, MaxStops = rows.MaxStops,
        });

    /// <summary>Writes new blocks into block tables: the host puts them into a fixed place, and the launch can stand in a graph.</summary>
    /// <param name="updates">int: how many, then (index into <paramref name="tables"/>, block) each.</param>
    /// <param name="maxUpdates">More are never asked for at a time.</param>
    public static void UpdateTables(KernelDevice device, nint tables, nint updates, int maxUpdates) =>
        device.Launch(UpdateKernel, new Index3D((maxUpdates + Threads - 1) / Threads, 1, 1), Threads,
            new BlockUpdateArguments { Tables = tables, Updates = updates });

    internal static void UpdateTables(BlockUpdateArguments a)
    {
        int i = Grid.IdxX * Group.DimX + Group.IdxX;
        if (i >= Global.ReadInt(a.Updates)) return;
        Global.StoreInt(a.Tables + Global.ReadInt(a.Updates + 4 + i * 8L) * 4L, Global.ReadInt(a.Updates + 8 + i * 8L));
    }

    internal static void Advance(DecodeStepArguments a)
    {
        int row = Grid.IdxX * Group.DimX + Group.IdxX;
        if (row >= a.Rows) return;
        long at = row * 4L;
        if (Global.LoadInt(a.States + at) != (int)DeviceRowState.Running)
        {
            Leave(a, at);
            return;
        }

        int token = Global.LoadInt(a.Drawn + at), completed = Global.LoadInt(a.Completed + at) + 1, position = Global.LoadInt(a.Positions + at) + 1;
        if (a.Settings != 0) TokenSampler.Count(a.Settings, row, token);
        Global.StoreInt(a.Completed + at, completed);
        bool stops = completed > Global.LoadInt(a.StopsFrom + at) && IsStop(a, row, token);
        // Where the context is full there is no block for another token.
        if (stops || completed >= Global.LoadInt(a.Limits + at) || position / DevicePagedKv.BlockSize >= a.TableStride)
        {
            Global.StoreInt(a.States + at, (int)(stops ? DeviceRowState.Stopped : DeviceRowState.Full));
            Leave(a, at);
            return;
        }

        int block = Global.LoadInt(a.Tables + ((long)row * a.TableStride + position / DevicePagedKv.BlockSize) * 4);
        Global.StoreInt(a.Inputs + at, token);
        Global.StoreInt(a.Positions + at, position);
        Global.StoreInt(a.Lengths + at, position + 1);
        Global.StoreInt(a.Slots + at, block * DevicePagedKv.BlockSize + position % DevicePagedKv.BlockSize);
    }

    /// <summary>A row that does not run goes on with token 0, attends to nothing and stores nothing.</summary>
    private static void Leave(DecodeStepArguments a, long at)
    {
        Global.StoreInt(a.Inputs + at, 0);
        Global.StoreInt(a.Positions + at, 0);
        Global.StoreInt(a.Lengths + at, 0);
        Global.StoreInt(a.Slots + at, -1);
    }

    private static bool IsStop(DecodeStepArguments a, int row, int token)
    {
        bool found = false;
        for (int i = 0; i < a.MaxStops; i++) found |= Global.ReadInt(a.Stops + ((long)row * a.MaxStops + i) * 4) == token;
        return found;
    }
}

internal struct DecodeStepArguments
{
    public long Drawn, Inputs, Positions, Lengths, Completed, Limits, States, Slots, Tables, Stops, StopsFrom, Settings;
    public int Rows, TableStride, MaxStops;
}

internal struct BlockUpdateArguments
{
    public long Tables, Updates;
}
