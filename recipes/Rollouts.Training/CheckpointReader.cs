using Rollouts.Models;
using static TorchSharp.torch;

namespace Rollouts.Training;

/// <summary>Reads tensors of a checkpoint for training: in float32.</summary>
internal static class CheckpointReader
{
    /// <exception cref="ModelFormatException">The tensor is missing, or of another shape or kind.</exception>
    public static unsafe Tensor Read(Checkpoint checkpoint, string name, long[] shape)
    {
        var (entry, address) = checkpoint.Get(name, shape);
        using var stored = empty(shape, dtype: entry.Type switch
        {
            TensorType.F32 => ScalarType.Float32,
            TensorType.F16 => ScalarType.Float16,
            TensorType.BF16 => ScalarType.BFloat16,
            _ => throw new ModelFormatException($"{checkpoint.Folder}: tensor '{name}' is {entry.TypeName}; F32, F16 and BF16 can be trained"),
        });
        new ReadOnlySpan<byte>((void*)address, checked((int)entry.Bytes)).CopyTo(stored.bytes);
        return stored.to(ScalarType.Float32, copy: true);
    }
}
