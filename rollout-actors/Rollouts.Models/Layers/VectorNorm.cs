using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>An RMSNorm of a head or a compressed vector, in place.</summary>
internal sealed unsafe class VectorNorm(WeightMatrix weight, float epsilon)
{
    public static VectorNorm Load(ModelSource source, string name, int width, float epsilon) => new(source.LoadVector(name, width), epsilon);

    public void Apply(nint row, ElementType type) => RmsNorm.Normalise(row, (float*)weight.Address, type, weight.Columns, epsilon);
}
