namespace Rollouts;

/// <summary>Trainer steps that the weights have seen; 0 is the starting checkpoint.</summary>
public readonly record struct PolicyVersion(int Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
