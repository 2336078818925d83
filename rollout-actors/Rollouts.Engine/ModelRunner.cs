using System.Collections.Immutable;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Runs steps on the CPU: the model's forward pass, then a token for each row that draws. Tokens in flight are fed back here, never through the host.</summary>
internal sealed class ModelRunner : IStepRunner
{
    private readonly ILanguageModel _model;
    private readonly int _blockSize;
    private readonly StepPlan _plan;
    private readonly Activations _logits;
    private readonly RowSampler _sampler;
    private readonly IWorkerTeam _team;
    private readonly int[] _lastTokens;

    public ModelRunner(ILanguageModel model, EngineOptions options, int maxLength, ImmutableArray<int> eosTokens, IWorkerTeam team)
    {
        (_model, _blockSize, _team) = (model, options.BlockSize, team);
        var maxRows = options.MaxRunning + options.MaxScoredRows;
        _plan = new StepPlan(options.MaxBatchedTokens, options.MaxRunning, (maxLength + options.BlockSize - 1) / options.BlockSize, maxRows);
        _logits = new Activations(maxRows, model.Config.VocabularySize, model.Type);
        _lastTokens = new int[options.MaxRunning];
        _sampler = new RowSampler(_logits, maxRows, eosTokens, team.Count);
    }

    public void Launch(StepTicket step)
    {
        Describe(step);
        _model.Forward(_plan, _logits);
        _sampler.Run(step, _team);
        for (var i = 0; i < step.Items.Count; i++)
            if (step.Items[i].Draws) _lastTokens[step.Items[i].Sequence.Slot] = step.Tokens[i];
    }

    /// <summary>A CPU step is done when it was launched.</summary>
    public void Await(StepTicket step)
    {
    }

    public void Dispose()
    {
        _plan.Dispose();
        _logits.Dispose();
        _sampler.Dispose();
        _model.Dispose();
        _team.Dispose();
    }

    /// <summary>Writes the step into the plan's buffers.</summary>
    private void Describe(StepTicket step)
    {
        var (token, row) = (0, 0);
        for (var s = 0; s < step.Items.Count; s++)
        {
            var item = step.Items[s];
            DescribeTokens(item, s, token);
            for (var r = 0; r < item.NumRows; r++) _plan.LogitRows[row++] = token + item.TokenOfRow(r);
            token += item.Count;
        }

        _plan.NumTokens = token;
        _plan.NumLogitRows = row;
    }

    private unsafe void DescribeTokens(in StepItem item, int index, int at)
    {
        var sequence = item.Sequence;
        var known = sequence.Tokens;
        var table = _plan.BlockTable(index);
        for (var b = 0; b < sequence.BlockTable.Count; b++) table[b] = sequence.BlockTable[b];
        for (var i = 0; i < item.Count; i++)
        {
            var position = item.Start + i;
            _plan.TokenIds[at + i] = position < known.Length ? known[position] : _lastTokens[sequence.Slot];
            _plan.Positions[at + i] = position;
            _plan.Slots[at + i] = table[position / _blockSize] * _blockSize + position % _blockSize;
            _plan.SequenceOf[at + i] = index;
        }
    }
}
