using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>
/// What the host tells the device of a step, packed so that one copy brings it there. The host writes into pinned memory, of which there are as many pieces as
/// steps can be in flight; on the device there is one, for steps run in order. Shapes: T tokens, R rows with logits, S sequences, U new blocks.
/// </summary>
internal sealed unsafe class StepBuffer : IDisposable
{
    private const int Alignment = 16;

    private readonly KernelDevice _device;
    private readonly HostMemory[] _host;
    private readonly DeviceMemory _there;
    private readonly StepField _tokens, _positions, _slots, _lengths, _sequences, _logitRows, _rowSlots, _completed, _queryStarts, _keyStarts, _prompts, _updates, _settings;
    private int _bytes;
    private int _current;

    /// <param name="inFlight">Steps whose description may still be on its way when the next is written.</param>
    /// <param name="maxUpdates">U at most.</param>
    public StepBuffer(KernelDevice device, int inFlight, int maxTokens, int maxRows, int maxSequences, int maxUpdates)
    {
        (_device, MaxRows, MaxUpdates) = (device, maxRows, maxUpdates);
        _tokens = Field(maxTokens);
        _positions = Field(maxTokens);
        _slots = Field(maxTokens);
        _lengths = Field(maxTokens);
        _sequences = Field(maxTokens);
        _logitRows = Field(maxRows);
        _rowSlots = Field(maxRows);
        _completed = Field(maxRows);
        _queryStarts = Field(maxSequences + 1);
        _keyStarts = Field(maxSequences + 1);
        _prompts = Field(maxSequences);
        _updates = Field(1 + 2 * maxUpdates);
        _settings = Field(maxRows * sizeof(DeviceSamplingRow) / sizeof(int));
        _host = [.. Enumerable.Range(0, inFlight + 1).Select(_ => device.AllocateHost(_bytes))];
        _there = device.Allocate(_bytes);
    }

    /// <summary>R at most.</summary>
    public int MaxRows { get; }

    /// <summary>U at most.</summary>
    public int MaxUpdates { get; }

    /// <summary>[T] ids; -1 where the device has drawn it and the host does not know it.</summary>
    public Span<int> Tokens => Host(_tokens);

    /// <summary>[T]</summary>
    public Span<int> Positions => Host(_positions);

    /// <summary>[T] where keys and values go; -1 for a row that is none.</summary>
    public Span<int> Slots => Host(_slots);

    /// <summary>[T] tokens attended to; 0 for a row that is none.</summary>
    public Span<int> Lengths => Host(_lengths);

    /// <summary>[T] whose block table is read, and last token taken.</summary>
    public Span<int> Sequences => Host(_sequences);

    /// <summary>[R] tokens whose logits are wanted.</summary>
    public Span<int> LogitRows => Host(_logitRows);

    /// <summary>[R] whose last token the row draws; -1 for none.</summary>
    public Span<int> RowSlots => Host(_rowSlots);

    /// <summary>[R] which completion token the row draws.</summary>
    public Span<int> Completed => Host(_completed);

    /// <summary>[S + 1] where each prompt's tokens begin.</summary>
    public Span<int> QueryStarts => Host(_queryStarts);

    /// <summary>[S + 1] where each prompt's keys begin.</summary>
    public Span<int> KeyStarts => Host(_keyStarts);

    /// <summary>[S] whose block table each prompt reads.</summary>
    public Span<int> Prompts => Host(_prompts);

    /// <summary>How many new blocks, then (place in the tables, block) each.</summary>
    public Span<int> Updates => Host(_updates);

    /// <summary>[R]</summary>
    public Span<DeviceSamplingRow> Settings => System.Runtime.InteropServices.MemoryMarshal.Cast<int, DeviceSamplingRow>(Host(_settings));

    /// <summary>Where the fields are on the device.</summary>
    public StepAddresses There => new(At(_tokens), At(_positions), At(_slots), At(_lengths), At(_sequences), At(_logitRows), At(_rowSlots), At(_completed), At(_queryStarts), At(_keyStarts), At(_prompts), At(_updates), At(_settings));

    /// <summary>Takes the next piece of host memory, whose last copy is done by now.</summary>
    public void Begin() => _current = (_current + 1) % _host.Length;

    /// <summary>Gives the copy to the stream.</summary>
    public void Send() => _device.Copy(_host[_current].Address, _there.Address, _bytes);

    public void Dispose()
    {
        foreach (var memory in _host) memory.Dispose();
        _there.Dispose();
    }

    private StepField Field(int count)
    {
        var field = new StepField(_bytes, count);
        _bytes += (count * sizeof(int) + Alignment - 1) / Alignment * Alignment;
        return field;
    }

    private Span<int> Host(StepField field) => new((void*)(_host[_current].Address + field.Offset), field.Count);

    private nint At(StepField field) => _there.Address + field.Offset;

    private readonly record struct StepField(int Offset, int Count);
}

/// <summary>Where a step's description is on the device; <see cref="StepBuffer"/> says what each is.</summary>
internal readonly record struct StepAddresses(nint Tokens, nint Positions, nint Slots, nint Lengths, nint Sequences, nint LogitRows, nint RowSlots, nint Completed,
    nint QueryStarts, nint KeyStarts, nint Prompts, nint Updates, nint Settings);
