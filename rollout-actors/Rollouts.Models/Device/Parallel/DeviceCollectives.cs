namespace Rollouts.Models;

/// <summary>How the ranks of a model on kernel devices sum what each has computed.</summary>
public enum DeviceCollectives
{
    /// <summary>By our kernels where every GPU reaches every other's memory, else by NCCL; over the host where ranks share a device.</summary>
    Auto,

    /// <summary>By our kernels, which read the others' memory and wait for each other on the devices; in graphs too.</summary>
    PeerMemory,

    /// <summary>By NCCL; in graphs too. Of more than two ranks the order of a sum is NCCL's.</summary>
    Nccl,

    /// <summary>By our kernels, each launched when the host has seen that all ranks are ready: for tests, and for ranks that share a device.</summary>
    Host,
}
