using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The inner activations of a gated MLP.</summary>
/// <param name="GateUp">[rows, 2I]</param>
/// <param name="Gated">[rows, I]</param>
internal sealed record GatedScratch(Activations GateUp, Activations Gated) : IDisposable
{
    public static GatedScratch Of(int rows, int width, ElementType type) => new(new Activations(rows, 2 * width, type), new Activations(rows, width, type));

    public void Dispose()
    {
        GateUp.Dispose();
        Gated.Dispose();
    }
}
