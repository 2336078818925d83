using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The weight of an RMSNorm, in float, and the norm over the rows of a step.</summary>
internal sealed unsafe class NormLayer(WeightMatrix weight, float epsilon) : IParallelWork
{
    private Activations? _delta;
    private Activations? _residual;
    private Activations? _output;
    private int[]? _rows;

    public static NormLayer Load(ModelSource source, string name, int width) => new(source.LoadVector(name, width), source.Config.NormEpsilon);

    /// <summary>residual += delta; output = norm(residual), row by row.</summary>
    /// <param name="delta">Null where nothing is added.</param>
    public void Forward(Activations residual, Activations? delta, Activations output, int rows, IWorkerTeam team) => Run(residual, delta, output, null, rows, team);

    /// <summary>The same for chosen rows; output row i is that of rows[i].</summary>
    public void ForwardRows(Activations residual, Activations delta, Activations output, int[] rows, int count, IWorkerTeam team) => Run(residual, delta, output, rows, count, team);

    void IParallelWork.Run(int item)
    {
        var row = _rows is null ? item : _rows[item];
        RmsNorm.AddAndNormalise((float*)_residual!.Row(row), _delta?.Row(row) ?? 0, (float*)weight.Address, _output!.Row(item), _output.Type, _output.Width, epsilon);
    }

    private void Run(Activations residual, Activations? delta, Activations output, int[]? rows, int count, IWorkerTeam team)
    {
        (_residual, _delta, _output, _rows) = (residual, delta, output, rows);
        team.Run(this, count);
    }
}
