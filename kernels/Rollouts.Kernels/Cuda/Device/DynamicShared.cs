using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

/// <summary>A group's dynamic shared memory by byte offsets: PTX instructions on a GPU, a view on the simulated device.</summary>
internal readonly struct DynamicShared
{
    private readonly ArrayView<uint> _view;
    private readonly uint _address;

    private DynamicShared(ArrayView<uint> view, uint address) => (_view, _address) = (view, address);

    /// <summary>The launch says how much there is. A view is asked for on a GPU too, for it declares the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DynamicShared Open()
    {
        var view = SharedMemory.GetDynamic<uint>();
        if (!CudaAsm.IsSupported) return new DynamicShared(view, 0);
        CudaAsm.Emit("mov.u32 %0, __dyn_shared_alloca;", out uint address);
        return new DynamicShared(view, address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store16(int offset, Words4 value)
    {
        if (CudaAsm.IsSupported)
        {
            CudaAsm.Emit("st.shared.v4.u32 [%0], {%1,%2,%3,%4};", _address + (uint)offset, value.X, value.Y, value.Z, value.W);
            return;
        }

        _view[offset >> 2] = value.X;
        _view[(offset >> 2) + 1] = value.Y;
        _view[(offset >> 2) + 2] = value.Z;
        _view[(offset >> 2) + 3] = value.W;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreFloats4(int offset, Floats4 value) => Store16(offset, new Words4
    {
        X = Interop.FloatAsInt(value.X),
        Y = Interop.FloatAsInt(value.Y),
        Z = Interop.FloatAsInt(value.Z),
        W = Interop.FloatAsInt(value.W),
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Floats4 LoadFloats4(int offset)
    {
        if (!CudaAsm.IsSupported)
            return new Floats4(Float(offset >> 2), Float((offset >> 2) + 1), Float((offset >> 2) + 2), Float((offset >> 2) + 3));
        Output<float> x = default, y = default, z = default, w = default;
        Input<uint> at = _address + (uint)offset;
        CudaAsm.EmitRef("ld.shared.v4.f32 {%0,%1,%2,%3}, [%4];", ref x, ref y, ref z, ref w, ref at);
        return new Floats4(x.Value, y.Value, z.Value, w.Value);
    }

    /// <summary>Four 8 x 8 tiles of 16-bit elements: lane i gives the offset of row i mod 8 of tile i / 8; lane 4g + t gets (g, 2t) and (g, 2t + 1)
    /// of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Words4 LoadTiles(int offset)
    {
        if (!CudaAsm.IsSupported) return SimulateLoad(_view, offset);
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> at = _address + (uint)offset;
        CudaAsm.EmitRef("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];", ref x, ref y, ref z, ref w, ref at);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    /// <summary>The same with each tile turned round: lane 4g + t gets (2t, g) and (2t + 1, g).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Words4 LoadTilesTransposed(int offset)
    {
        if (!CudaAsm.IsSupported)
        {
            var tiles = SimulateLoad(_view, offset);
            return new Words4 { X = TensorCore.Transpose(tiles.X), Y = TensorCore.Transpose(tiles.Y), Z = TensorCore.Transpose(tiles.Z),
                W = TensorCore.Transpose(tiles.W) };
        }

        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> at = _address + (uint)offset;
        CudaAsm.EmitRef("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];", ref x, ref y, ref z, ref w, ref at);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    // Inlined: a call that takes a view keeps a GPU's compiler from holding the kernel's variables in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words4 SimulateLoad(ArrayView<uint> view, int offset)
    {
        int lane = Group.IdxX & 31, row = lane >> 2, column = lane & 3;
        return new Words4
        {
            X = view[(Warp.Shuffle(offset, row) >> 2) + column],
            Y = view[(Warp.Shuffle(offset, 8 + row) >> 2) + column],
            Z = view[(Warp.Shuffle(offset, 16 + row) >> 2) + column],
            W = view[(Warp.Shuffle(offset, 24 + row) >> 2) + column],
        };
    }

    private float Float(int word) => Interop.IntAsFloat(_view[word]);
}
