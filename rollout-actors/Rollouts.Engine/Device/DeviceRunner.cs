using System.Collections.Immutable;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>
/// Runs steps on a kernel device. A decode step is one copy to the device, one graph from embedding to drawn token, and one copy back, none of which the host waits
/// for before it has launched the next; drawn tokens are fed back on the device.
/// </summary>
internal sealed partial class DeviceRunner : IStepRunner
{
    private readonly DeviceModel _model;
    private readonly KernelDevice _device;
    private readonly IWorkerTeam _team;
    private readonly KernelDevice? _owned;
    private readonly DeviceTables _tables;
    private readonly DeviceEdits _edits;
    private readonly StepBuffer _decodes;
    private readonly StepBuffer _prompts;
    private readonly StepWriter _writer;
    private readonly StepGraphs _graphs;
    private readonly HostSampler _hostSampler;
    private readonly DeviceMemory _lastTokens;
    private readonly DrawnRows _drawn;
    private readonly DeviceMemory _scratch;
    private readonly Queue<PendingStep> _launched = new();
    private readonly Queue<PendingStep> _idle;
    private readonly int _maxRows;
    private readonly Action<StepKind> _decode;
    private readonly bool _isFirst;
    private readonly DevicePlacement _placement;
    private StepKind _lastKind;
    private int _thread;

    /// <param name="model">The runner's from here on, as the team.</param>
    /// <param name="owned">The device, where it is the runner's too.</param>
    /// <param name="ranks">The model's ranks, of which this runs one; null where there is one.</param>
    /// <param name="rank">Which. The first one's tokens are taken.</param>
    public DeviceRunner(DeviceModel model, EngineOptions options, ImmutableArray<int> eosTokens, IWorkerTeam team, KernelDevice? owned, ParallelDeviceModel? ranks = null, int rank = 0)
    {
        (_model, _device, _team, _owned, _decode, _isFirst) = (model, model.Device, team, owned, Decode, rank == 0);
        (_placement, _maxRows) = (options.Device, options.MaxRunning + options.MaxScoredRows);
        var (running, stride, inFlight) = (options.MaxRunning, (model.Config.MaxLength + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize, options.PipelineDepth + 1);
        _tables = new DeviceTables(_device, running, stride);
        _decodes = new StepBuffer(_device, inFlight, running, running, 0, running);
        _prompts = new StepBuffer(_device, inFlight, options.MaxBatchedTokens, _maxRows, running, options.MaxBatchedTokens / DevicePagedKv.BlockSize + 2 * running);
        _edits = new DeviceEdits(_device, running, model.Config.VocabularySize, eosTokens);
        _writer = new StepWriter(_tables, _edits, running, model.MaxPromptKeys);
        _graphs = new StepGraphs(_device, running, model.Config.MaxLength, model.CanBeCaptured);
        _hostSampler = new HostSampler(model, _maxRows, eosTokens, team, _isFirst, ranks is null ? null : ranks.Meet);
        _lastTokens = Zeroed((long)running * sizeof(int));
        _drawn = new DrawnRows(_device, _maxRows);
        _scratch = Zeroed(TokenSampler.ScratchBytes(_maxRows, model.Config.VocabularySize));
        _idle = new Queue<PendingStep>(Enumerable.Range(0, inFlight + 1).Select(_ => new PendingStep(_device, _drawn)));
    }

    /// <inheritdoc/>
    public void Launch(StepTicket step)
    {
        try
        {
            LaunchStep(step);
        }
        catch (Exception e)
        {
            throw DeviceFailedException.Of(e, _placement);
        }
    }

    /// <inheritdoc/>
    public void Await(StepTicket step)
    {
        try
        {
            AwaitOldest();
        }
        catch (Exception e)
        {
            throw DeviceFailedException.Of(e, _placement);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TrySettle();
        _graphs.Dispose();
        foreach (var pending in _idle.Concat(_launched)) pending.Dispose();
        foreach (var owned in new IDisposable[] { _tables, _edits, _decodes, _prompts, _hostSampler, _lastTokens, _drawn, _scratch, _model, _team }) owned.Dispose();
        _owned?.Dispose();
    }

    private void LaunchStep(StepTicket step)
    {
        BindThread();
        var pending = _idle.Dequeue();
        pending.Begin(step);
        var (onHost, wishes) = (HostSampler.Takes(step), RowWishes.Of(step));
        if (!onHost && StepWriter.IsDecode(step)) LaunchDecode(step, pending, wishes);
        else LaunchPrompts(step, pending, onHost, wishes);
        pending.Ask(wishes.Top);
        _launched.Enqueue(pending);
    }

    private void AwaitOldest()
    {
        var pending = _launched.Dequeue();
        pending.Await();
        _model.RequireSound();
        if (_isFirst) pending.Take();
        _idle.Enqueue(pending);
    }

    private void LaunchDecode(StepTicket step, PendingStep pending, RowWishes wishes)
    {
        var kind = _graphs.KindOf(step.Items.Count, Longest(step), wishes);
        _decodes.Begin();
        _writer.WriteDecode(step, _decodes, pending, kind.Rows);
        _decodes.Send();
        _graphs.Run(_lastKind = kind, _decode);
    }

    /// <summary>The whole of a decode step, from embedding to drawn token; all that changes from step to step is read from device memory.</summary>
    private void Decode(StepKind kind)
    {
        var at = _decodes.There;
        DecodeStep.UpdateTables(_device, _tables.Address, at.Updates, _decodes.MaxUpdates);
        TokenFeed.Take(_device, at.Tokens, at.Sequences, _lastTokens.Address, kind.Rows);
        _model.Forward(new DeviceStep(kind.Rows, at.Tokens, at.Positions, at.Slots, at.Lengths, at.Sequences, _tables.Address, _tables.Stride, kind.Rows, 0, kind.MaxLength));
        Draw(at, kind.Rows, kind.Wishes);
        Keep(at, kind.Rows);
    }

    private void LaunchPrompts(StepTicket step, PendingStep pending, bool onHost, RowWishes wishes)
    {
        _prompts.Begin();
        var (rows, runs) = _writer.Write(step, _prompts, pending);
        _prompts.Send();
        var at = _prompts.There;
        RunPrompts(at, step.NumTokens, rows, Longest(step), runs with { QueryStarts = at.QueryStarts, KeyStarts = at.KeyStarts, Sequences = at.Prompts });
        if (rows == 0) return;
        if (onHost) DrawOnHost(step, pending, rows);
        else Draw(at, rows, wishes);
        Keep(at, rows);
    }

    private static int Longest(StepTicket step)
    {
        var longest = 0;
        foreach (var item in step.Items) longest = Math.Max(longest, item.Start + item.Count);
        return longest;
    }

    private void RunPrompts(in StepAddresses at, int tokens, int rows, int longest, in PromptRuns runs)
    {
        DecodeStep.UpdateTables(_device, _tables.Address, at.Updates, _prompts.MaxUpdates);
        TokenFeed.Take(_device, at.Tokens, at.Sequences, _lastTokens.Address, tokens);
        _model.Forward(new DeviceStep(tokens, at.Tokens, at.Positions, at.Slots, at.Lengths, at.Sequences, _tables.Address, _tables.Stride, rows, at.LogitRows, longest, runs));
    }

    /// <summary>The loop has a thread of its own; whoever calls first from another makes the device its own.</summary>
    private void BindThread()
    {
        if (_thread == Environment.CurrentManagedThreadId) return;
        _model.Bind();
        _thread = Environment.CurrentManagedThreadId;
    }

    private DeviceMemory Zeroed(long bytes)
    {
        var memory = _device.Allocate(bytes);
        _device.Fill(memory.Address, 0, bytes);
        return memory;
    }
}
