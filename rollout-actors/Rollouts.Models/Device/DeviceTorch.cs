using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>libtorch over the memory of a kernel device, in the order of the device's stream: products into memory that is there already, and flash attention.</summary>
internal sealed unsafe class DeviceTorch
{
    private const string SetStream = "torch_set_current_cuda_stream";
    private const string FlashForward = "aoti_torch_cuda__flash_attention_forward";

    private readonly CudaDevice? _gpu;
    private readonly delegate* unmanaged<nint, nint, nint, int> _multiply;
    private readonly delegate* unmanaged<nint, nint, nint, nint, double, double, int> _multiplyAdd;
    private readonly delegate* unmanaged<nint, nint, nint, int> _multiplyBatch;
    private readonly delegate* unmanaged<nint, int, int> _setStream;
    private readonly delegate* unmanaged<nint, nint, nint, nint*, nint*, long, long, double, int, int, double*, long*, long*, nint*, nint*, nint*, nint*, nint*, nint*, nint*, int> _flash;

    private DeviceTorch(CudaDevice? gpu, LibTorchFound torch, ModelOptions options)
    {
        // In 16 bits cuBLAS itself can be told to (LibTorch.PrepareDeterminism); its float32 kernels change with the batch all the same.
        (_gpu, IsBatchInvariant, InTiles) = (gpu, options.BatchInvariant, options.BatchInvariant && options.Type == ElementType.Float32);
        var device = gpu is null ? "cpu" : "cuda";
        _multiply = (delegate* unmanaged<nint, nint, nint, int>)torch.Export($"aoti_torch_{device}_mm_out");
        _multiplyAdd = (delegate* unmanaged<nint, nint, nint, nint, double, double, int>)torch.Export($"aoti_torch_{device}_addmm_out");
        _multiplyBatch = (delegate* unmanaged<nint, nint, nint, int>)torch.Export($"aoti_torch_{device}_bmm_out");
        if (gpu is null) return;
        Place = TorchPlace.Cuda(gpu.Ordinal);
        _setStream = (delegate* unmanaged<nint, int, int>)torch.Export(SetStream);
        _flash = (delegate* unmanaged<nint, nint, nint, nint*, nint*, long, long, double, int, int, double*, long*, long*, nint*, nint*, nint*, nint*, nint*, nint*, nint*, int>)
            torch.Export(FlashForward);
        Bind();
        // libtorch's allocator starts with its first tensor.
        TorchShims.Delete(TorchShims.Empty(1, TorchTypes.Of(ElementType.Float32), Place));
    }

    /// <summary>What it calls on a GPU.</summary>
    public static IReadOnlyList<string> CudaSymbols { get; } = ["aoti_torch_cuda_mm_out", "aoti_torch_cuda_addmm_out", "aoti_torch_cuda_bmm_out", SetStream, FlashForward];

    /// <summary>Where its tensors are.</summary>
    public TorchPlace Place { get; }

    /// <summary>Whether a row must not depend on how many others there are.</summary>
    public bool IsBatchInvariant { get; }

    /// <summary>
    /// Whether products go in tiles of one size, so that the same kernel sums every row, whatever the step. A tile reads all weights: small steps cost little more, large ones much.
    /// </summary>
    public bool InTiles { get; }

    /// <summary>Whether it has flash attention.</summary>
    public bool HasFlash => _flash != null;

    /// <exception cref="ModelFormatException">No libtorch for this device, or one that lacks a function.</exception>
    public static DeviceTorch For(KernelDevice device, ModelOptions options) =>
        device is CudaDevice gpu ? new DeviceTorch(gpu, LibTorch.EnsureCuda(), options) : new DeviceTorch(null, LibTorch.Ensure(), options);

    /// <summary>Makes the device and its stream libtorch's current ones on the calling thread.</summary>
    public void Bind()
    {
        if (_gpu is null) return;
        _gpu.Bind();
        TorchShims.Check(_setStream(_gpu.Stream, _gpu.Ordinal), "set_current_cuda_stream");
        TorchShims.ForgetGradients();
    }

    /// <summary>output = left x right</summary>
    public void Multiply(nint output, nint left, nint right) => TorchShims.Check(_multiply(output, left, right), "mm_out");

    /// <summary>output = bias + left x right</summary>
    public void MultiplyAdd(nint output, nint bias, nint left, nint right) => TorchShims.Check(_multiplyAdd(output, bias, left, right, 1, 1), "addmm_out");

    /// <summary>output[i] = left[i] x right[i], over views that are made and dropped here.</summary>
    public void MultiplyBatch(in DeviceBatch output, in DeviceBatch left, in DeviceBatch right, ElementType type)
    {
        nint to = output.View(type, Place), from = left.View(type, Place), by = right.View(type, Place);
        TorchShims.Check(_multiplyBatch(to, from, by), "bmm_out");
        TorchShims.Delete(to);
        TorchShims.Delete(from);
        TorchShims.Delete(by);
    }

    /// <summary>Causal attention of sequences that lie one after the other; the last query of each attends to all its keys.</summary>
    /// <param name="query">[queries, heads, head size]</param>
    /// <param name="key">[keys, KV heads, head size]</param>
    /// <param name="value">Likewise.</param>
    /// <param name="starts">int [sequences + 1] each: where queries and keys of each sequence begin.</param>
    /// <param name="longest">Queries and keys of a sequence at most.</param>
    /// <param name="window">Tokens attended to at most; 0 for all.</param>
    /// <returns>[queries, heads, head size], the caller's to delete.</returns>
    /// <remarks>Dao 2023, FlashAttention-2, <see href="https://arxiv.org/abs/2307.08691"/>.</remarks>
    public nint Flash(nint query, nint key, nint value, (nint Queries, nint Keys) starts, (long Queries, long Keys) longest, double scale, long window)
    {
        var output = nint.Zero;
        var rest = stackalloc nint[4];
        var (left, right) = (window - 1, 0L);
        TorchShims.Check(_flash(query, key, value, &starts.Queries, &starts.Keys, longest.Queries, longest.Keys, 0, 1, 0, &scale,
            window > 0 ? &left : null, window > 0 ? &right : null, null, null, &output, rest, rest + 1, rest + 2, rest + 3), "flash_attention_forward");
        for (var i = 0; i < 4; i++)
            if (rest[i] != 0) TorchShims.Delete(rest[i]);
        return output;
    }
}
