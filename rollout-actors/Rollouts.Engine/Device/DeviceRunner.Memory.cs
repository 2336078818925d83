using Rollouts.Kernels;
using Rollouts.Kernels.Cuda;
using Rollouts.Models;

namespace Rollouts.Engine;

// What stands around the steps: the first ones, by which memory is measured, sleep, and what benchmarks ask for.
internal sealed partial class DeviceRunner
{
    private static readonly RowWishes Everything = new(Filters: true, Top: true);

    /// <summary>Runs the largest steps once, on nothing: kernels are compiled, products have their workspaces.</summary>
    /// <returns>Bytes of the device that are free then.</returns>
    public long WarmUp(EngineOptions options)
    {
        BindThread();
        _model.ReserveKv(1);
        var tokens = options.MaxBatchedTokens;
        _prompts.Begin();
        _prompts.Slots[..tokens].Fill(-1);
        _prompts.Lengths[..tokens].Fill(1);
        _prompts.RowSlots.Fill(-1);
        _prompts.Settings.Fill(DeviceSamplingRow.Greedy);
        (_prompts.QueryStarts[1], _prompts.KeyStarts[1]) = (tokens, tokens);
        _prompts.Send();
        var at = _prompts.There;
        var runs = tokens <= _model.MaxPromptKeys ? new PromptRuns(1, 0, tokens, tokens, tokens, at.QueryStarts, at.KeyStarts, at.Prompts) : default;
        RunPrompts(at, tokens, Math.Min(tokens, _maxRows), 1, runs);
        Draw(at, Math.Min(tokens, _maxRows), Everything);
        _decodes.Begin();
        _writer.WriteDecode(new StepTicket(0), _decodes, _idle.Peek(), options.MaxRunning);
        _decodes.Send();
        Decode(_graphs.KindOf(options.MaxRunning, 1, Everything));
        _device.Synchronise();
        return _device.Memory.Free;
    }

    /// <inheritdoc/>
    public void Sleep()
    {
        BindThread();
        _device.Synchronise();
        _model.Sleep();
    }

    /// <inheritdoc/>
    public void Wake()
    {
        BindThread();
        _model.Wake();
    }

    /// <summary>Waits until the device has done all that it was given, or has failed: then it runs nothing any more.</summary>
    public void TrySettle()
    {
        try
        {
            BindThread();
            _device.Synchronise();
        }
        catch (CudaFailure)
        {
            // Memory goes back all the same.
        }
    }

    /// <summary>Gives the last decode step to the stream once more, for measuring.</summary>
    public void ReplayLast() => _graphs.Run(_lastKind, _decode);

    /// <summary>Draws the last decode step's tokens once more, for measuring.</summary>
    public void DrawAgain(int rows) => Draw(_decodes.There, rows, _lastKind.Wishes);
}
