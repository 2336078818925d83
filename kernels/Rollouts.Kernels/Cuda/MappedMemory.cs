using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A GPU's memory behind a reserved range of addresses, by the driver's virtual memory functions.</summary>
/// <remarks><see href="https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__VA.html"/>.</remarks>
internal sealed class MappedMemory : SleepableMemory
{
    private readonly CudaDevice _device;
    private readonly nuint _reserved;
    private readonly MemoryPlace _place;
    private readonly int[] _reachedFrom;
    private nint _address;
    private ulong _mapped;
    private NativeBuffer? _kept;

    /// <param name="others">GPUs whose kernels reach it too, over the link between them.</param>
    public MappedMemory(CudaDevice device, long bytes, IReadOnlyList<int>? others = null)
    {
        (_device, Bytes, _place) = (device, bytes, MemoryPlace.On(device.Ordinal));
        _reachedFrom = [.. (others ?? []).Append(device.Ordinal).Distinct()];
        device.Bind();
        CudaDriver.GetGranularity(out var granularity, _place, 0).ThrowOnError("cuMemGetAllocationGranularity");
        _reserved = ((nuint)Math.Max(1, bytes) + granularity - 1) / granularity * granularity;
        CudaDriver.ReserveAddresses(out _address, _reserved, 0, 0, 0).ThrowOnError("cuMemAddressReserve");
        try
        {
            Map();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override nint Address => _address;

    public override long Bytes { get; }

    public override void Sleep(bool keepsContents)
    {
        _device.Synchronise();
        if (keepsContents)
        {
            _kept = new NativeBuffer(Bytes);
            _device.Copy(_address, _kept.Address, Bytes);
            _device.Synchronise();
        }

        Unmap();
    }

    public override void Wake()
    {
        Map();
        if (_kept is null) _device.Fill(_address, 0, Bytes);
        else _device.Copy(_kept.Address, _address, Bytes);
        _device.Synchronise();
        _kept?.Dispose();
        _kept = null;
    }

    public override void Dispose()
    {
        // A GPU that has failed refuses, and its memory goes back with the process.
        if (_mapped != 0 && CudaDriver.Unmap(_address, _reserved) == CudaDriver.Ok) _ = CudaDriver.ReleaseMemory(_mapped);
        _mapped = 0;
        if (_address != 0) _ = CudaDriver.FreeAddresses(_address, _reserved);
        _address = 0;
        _kept?.Dispose();
    }

    private void Map()
    {
        CudaDriver.CreateMemory(out var created, _reserved, _place, 0).ThrowOnError($"cuMemCreate of {_reserved} bytes");
        _mapped = created;
        CudaDriver.Map(_address, _reserved, 0, created, 0).ThrowOnError("cuMemMap");
        foreach (var gpu in _reachedFrom) CudaDriver.SetAccess(_address, _reserved, MemoryAccess.To(gpu), 1).ThrowOnError($"cuMemSetAccess for GPU {gpu}");
    }

    private void Unmap()
    {
        CudaDriver.Unmap(_address, _reserved).ThrowOnError("cuMemUnmap");
        CudaDriver.ReleaseMemory(_mapped).ThrowOnError("cuMemRelease");
        _mapped = 0;
    }
}
