using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: E experts, rows ordered by expert.

/// <summary>
/// A matrix for each expert, applied to the rows that go to it. Experts of few rows go through our kernel, many of them at once; those of many rows through
/// libtorch, one after the other.
/// </summary>
internal sealed class ExpertLinear : IDisposable
{
    private readonly MatrixProducts _products;
    private readonly WeightMatrix _weights;
    private readonly int _outputWidth;
    private readonly nint[] _transposed;
    private readonly ExpertRound _round;

    /// <param name="weights">[E * out, in]</param>
    public ExpertLinear(MatrixProducts products, WeightMatrix weights, int numExperts)
    {
        (_products, _weights, _outputWidth) = (products, weights, weights.Rows / numExperts);
        (_transposed, _round) = (new nint[numExperts], new ExpertRound(products, weights, _outputWidth));
    }

    /// <summary>An expert's matrix, transposed, as libtorch sees it.</summary>
    public nint Transposed(int expert)
    {
        if (_transposed[expert] == 0) _transposed[expert] = TorchShims.Matrix(_weights.Row(expert * _outputWidth), _weights.Columns, _outputWidth, 1, _weights.Columns, TorchTypes.Of(_weights.Type));
        return _transposed[expert];
    }

    /// <summary>[rows, in] to [rows, out].</summary>
    public void Forward(ExpertPlan plan, Activations input, Activations output, IWorkerTeam team)
    {
        for (var e = 0; e < plan.NumExperts; e++)
        {
            if (!_products.TakesExpert(plan.Count(e))) Multiply(e, plan, input, output);
            else AddPanels(e, plan, input, output, team);
        }

        _round.Run(input, team);
    }

    public void Dispose()
    {
        foreach (var view in _transposed)
            if (view != 0) TorchShims.Delete(view);
    }

    private void AddPanels(int expert, ExpertPlan plan, Activations input, Activations output, IWorkerTeam team)
    {
        for (var first = 0; first < plan.Count(expert); first += ExpertRound.PanelRows)
        {
            var count = Math.Min(ExpertRound.PanelRows, plan.Count(expert) - first);
            if (!_round.HasRoom(count)) _round.Run(input, team);
            _round.Add(expert, plan.FirstRow(expert) + first, count, output);
        }
    }

    private void Multiply(int expert, ExpertPlan plan, Activations input, Activations output)
    {
        var (type, rows) = (TorchTypes.Of(_weights.Type), ExpertPlan.Padded(plan.Count(expert)));
        var from = TorchShims.Matrix(input.Row(plan.FirstRow(expert)), rows, input.Width, input.Width, 1, type);
        var to = TorchShims.Matrix(output.Row(plan.FirstRow(expert)), rows, output.Width, output.Width, 1, type);
        TorchShims.Multiply(to, from, Transposed(expert));
        TorchShims.Delete(from);
        TorchShims.Delete(to);
    }
}
