namespace Rollouts.Models;

/// <summary>What the ranks of a model on kernel devices do together, on their devices' streams. All ranks make the same calls in the same order.</summary>
internal interface IDeviceCollective : IDisposable
{
    /// <summary>[T, D] where this rank's part of the next sum is to be; null where it is to be where the sum will be.</summary>
    DeviceActivations? Part { get; }

    /// <summary>[R, columns of a rank] where this rank's columns of the logits are to be.</summary>
    DeviceActivations LogitsPart { get; }

    /// <summary>Whether it may stand in a graph.</summary>
    bool CanBeCaptured { get; }

    /// <summary>Sums all ranks' parts.</summary>
    void Sum(DeviceActivations sum, int rows);

    /// <summary>Puts all ranks' columns of the logits side by side.</summary>
    void Gather(DeviceActivations logits, int rows);

    /// <summary>Ends what waits on this rank's device, for another rank has failed; from any thread.</summary>
    void Stop();

    /// <exception cref="RankStoppedException">Another rank did not come: what was computed is nonsense.</exception>
    void RequireSound();
}
