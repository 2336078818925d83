using Rollouts.Kernels;

namespace Rollouts.Engine;

// How the rows of a step get their tokens: on the device, or, where they ask for what it does not find, on the host.
internal sealed partial class DeviceRunner
{
    private void Draw(in StepAddresses at, int rows, RowWishes wishes)
    {
        var (logits, stride) = _model.Logits;
        var sampled = new SampledRows(rows, logits, _model.Type, _model.Config.VocabularySize, stride, at.Settings, at.Completed, _drawn.Address, _drawn.LogProbsThere, _scratch.Address);
        TokenSampler.Draw(_device, sampled, wishes.Filters);
        if (wishes.Top) TokenSampler.FindTop(_device, sampled, _drawn.TopThere.Tokens, _drawn.TopThere.LogProbs);
    }

    /// <summary>Drawn tokens become the last ones of their sequences, and are counted where penalties ask for that.</summary>
    private void Keep(in StepAddresses at, int rows) => TokenFeed.Keep(_device, _drawn.Address, at.RowSlots, _lastTokens.Address, rows, at.Settings);

    /// <summary>The ticket has its tokens at once. Those of the steps before are taken first, for penalties count them.</summary>
    private void DrawOnHost(StepTicket step, PendingStep pending, int rows)
    {
        foreach (var before in _launched)
        {
            before.Await();
            if (_isFirst) before.Take();
        }

        _hostSampler.Run(step, rows, _drawn.Address);
        pending.Forget();
    }
}
