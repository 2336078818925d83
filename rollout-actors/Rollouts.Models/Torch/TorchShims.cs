using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>libtorch's stable C functions that TorchSharp lacks: GEMMs into memory that is there already, over views of it. No allocation a call.</summary>
internal static unsafe partial class TorchShims
{
    /// <summary>A view of memory as a matrix; the memory stays its owner's.</summary>
    public static nint Matrix(nint address, long rows, long columns, long rowStride, long columnStride, int scalarType, TorchPlace place = default) =>
        View(address, [rows, columns], [rowStride, columnStride], scalarType, place);

    /// <summary>A view of memory as matrices of one shape.</summary>
    public static nint Batch(nint address, (long Matrices, long Rows, long Columns) shape, (long Matrix, long Row, long Column) strides, int scalarType, TorchPlace place = default) =>
        View(address, [shape.Matrices, shape.Rows, shape.Columns], [strides.Matrix, strides.Row, strides.Column], scalarType, place);

    /// <summary>A view of memory as a vector.</summary>
    public static nint Vector(nint address, long length, int scalarType, TorchPlace place = default) => View(address, [length], [1], scalarType, place);

    private static nint View(nint address, ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, int scalarType, TorchPlace place)
    {
        fixed (long* size = sizes)
        fixed (long* stride = strides)
        {
            Check(CreateTensorFromBlob((void*)address, sizes.Length, size, stride, 0, scalarType, place.Type, place.Index, out var tensor), "create_tensor_from_blob");
            return tensor;
        }
    }

    public static void Delete(nint tensor) => Check(DeleteTensor(tensor), "delete_tensor_object");

    /// <summary>output = left x right</summary>
    public static void Multiply(nint output, nint left, nint right) => Check(MmOut(output, left, right), "mm_out");

    /// <summary>output = bias + left x right</summary>
    public static void MultiplyAdd(nint output, nint bias, nint left, nint right) => Check(AddmmOut(output, bias, left, right, 1, 1), "addmm_out");

    /// <summary>output[i] = left[i] x right[i]</summary>
    public static void MultiplyBatch(nint output, nint left, nint right) => Check(BmmOut(output, left, right), "bmm_out");

    /// <summary>Leaves no trace for gradients on the calling thread.</summary>
    public static void ForgetGradients() => SetGradMode(0);

    /// <summary>Where a tensor's elements are, in the address space of its device.</summary>
    public static nint AddressOf(nint tensor)
    {
        Check(GetDataPointer(tensor, out var address), "get_data_ptr");
        return address;
    }

    /// <summary>An uninitialised tensor of libtorch's own; on a GPU the first one starts libtorch's side of it.</summary>
    public static nint Empty(long elements, int scalarType, TorchPlace place)
    {
        var stride = 1L;
        Check(EmptyStrided(1, &elements, &stride, scalarType, place.Type, place.Index, out var tensor), "empty_strided");
        return tensor;
    }

    /// <exception cref="InvalidOperationException">A call gave an error.</exception>
    internal static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {call} failed; its own message is on standard error.");
    }

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_create_tensor_from_blob")]
    private static partial int CreateTensorFromBlob(void* data, long dimensions, long* sizes, long* strides, long offset, int scalarType, int deviceType, int deviceIndex, out nint tensor);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPointer(nint tensor, out nint address);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_empty_strided")]
    private static partial int EmptyStrided(long dimensions, long* sizes, long* strides, int scalarType, int deviceType, int deviceIndex, out nint tensor);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_delete_tensor_object")]
    private static partial int DeleteTensor(nint tensor);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_cpu_mm_out")]
    private static partial int MmOut(nint output, nint left, nint right);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_cpu_addmm_out")]
    private static partial int AddmmOut(nint output, nint bias, nint left, nint right, double beta, double alpha);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_cpu_bmm_out")]
    private static partial int BmmOut(nint output, nint left, nint right);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_grad_mode_set_enabled")]
    private static partial void SetGradMode(byte enabled);
}
