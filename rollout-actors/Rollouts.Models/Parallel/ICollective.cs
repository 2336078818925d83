namespace Rollouts.Models;

/// <summary>What the ranks of a tensor-parallel group do together. All ranks make the same calls in the same order.</summary>
public interface ICollective
{
    /// <summary>Replaces every rank's elements by their sum, which is taken in rank order, in float.</summary>
    void AllReduce(Activations activations, int rows);

    /// <summary>Puts every rank's columns side by side.</summary>
    /// <param name="part">[rows, this rank's columns]</param>
    /// <param name="whole">[rows, all columns]</param>
    /// <param name="firstColumn">Where this rank's begin.</param>
    void GatherColumns(Activations part, Activations whole, int firstColumn, int rows);
}
