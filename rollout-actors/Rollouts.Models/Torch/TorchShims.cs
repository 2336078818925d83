using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>libtorch's stable C functions that TorchSharp lacks: GEMMs into memory that is there already, over views of it. No allocation a call.</summary>
internal static unsafe partial class TorchShims
{
    private const int Cpu = 0;

    /// <summary>A view of memory as a matrix; the memory stays its owner's.</summary>
    public static nint Matrix(nint address, long rows, long columns, long rowStride, long columnStride, int scalarType)
    {
        var sizes = stackalloc long[2] { rows, columns };
        var strides = stackalloc long[2] { rowStride, columnStride };
        Check(CreateTensorFromBlob((void*)address, 2, sizes, strides, 0, scalarType, Cpu, 0, out var tensor), "create_tensor_from_blob");
        return tensor;
    }

    /// <summary>A view of memory as matrices of one shape.</summary>
    public static nint Batch(nint address, (long Matrices, long Rows, long Columns) shape, (long Matrix, long Row, long Column) strides, int scalarType)
    {
        var sizes = stackalloc long[3] { shape.Matrices, shape.Rows, shape.Columns };
        var steps = stackalloc long[3] { strides.Matrix, strides.Row, strides.Column };
        Check(CreateTensorFromBlob((void*)address, 3, sizes, steps, 0, scalarType, Cpu, 0, out var tensor), "create_tensor_from_blob");
        return tensor;
    }

    /// <summary>A view of memory as a vector.</summary>
    public static nint Vector(nint address, long length, int scalarType)
    {
        var stride = 1L;
        Check(CreateTensorFromBlob((void*)address, 1, &length, &stride, 0, scalarType, Cpu, 0, out var tensor), "create_tensor_from_blob");
        return tensor;
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

    private static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {call} failed; its own message is on standard error.");
    }

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_create_tensor_from_blob")]
    private static partial int CreateTensorFromBlob(void* data, long dimensions, long* sizes, long* strides, long offset, int scalarType, int deviceType, int deviceIndex, out nint tensor);

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
