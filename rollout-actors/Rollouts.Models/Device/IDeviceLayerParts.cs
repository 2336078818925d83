namespace Rollouts.Models;

/// <summary>Attention of a layer on a kernel device: scratch.Normed [T, D] to scratch.Part [T, D].</summary>
internal interface IDeviceAttention : IDisposable
{
    /// <summary>Bytes of its matrices.</summary>
    long ProductBytes { get; }

    void Forward(DeviceScratch scratch, in DeviceStep step, DeviceKvCache kv, int layer, DeviceRotary rotary);

    /// <summary>Its products alone, for measuring.</summary>
    void Products(DeviceScratch scratch, int tokens);
}

/// <summary>Feed-forward of a layer on a kernel device: scratch.Normed [T, D] to scratch.Part [T, D].</summary>
internal interface IDeviceFeedForward : IDisposable
{
    /// <summary>Bytes of the matrices that so many tokens are multiplied by.</summary>
    long ProductBytes(int tokens);

    void Forward(DeviceScratch scratch, int tokens);

    /// <summary>Its products alone, for measuring.</summary>
    void Products(DeviceScratch scratch, int tokens);
}
