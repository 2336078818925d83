using System.Globalization;

namespace Rollouts.Kernels;

/// <summary><c>bench kernels</c>: for each kernel the bytes that it must move, its time, and its share of what the memory gives in the same
/// run.</summary>
public sealed class KernelBenchmark : IDisposable
{
    private const long ProbeBytes = 1L << 30;

    private readonly CudaDevice _device;
    private readonly KernelTimer _timer;
    private readonly List<DeviceMemory> _owned = [];
    private double _readBandwidth, _copyBandwidth;

    private KernelBenchmark(CudaDevice device) => (_device, _timer) = (device, new KernelTimer(device));

    /// <summary>Measures everything, or the benchmarks whose name begins with <paramref name="only"/>; lines of a Markdown table.</summary>
    public static IEnumerable<string> Run(string? only = null)
    {
        using var device = new CudaDevice();
        using var benchmark = new KernelBenchmark(device);
        yield return $"{device.Name}, {device.NumMultiprocessors} multiprocessors";
        yield return benchmark.MeasureMemory();
        yield return "";
        yield return "| kernel | shape | MB | µs | TB/s | of copy | of read |";
        yield return "|---|---|---|---|---|---|---|";
        foreach (var (name, measure) in Benchmarks)
        {
            if (only is not null && !name.StartsWith(only, StringComparison.Ordinal)) continue;
            foreach (var line in measure(benchmark)) yield return line;
            benchmark.Release();
        }
    }

    private static IReadOnlyList<(string Name, Func<KernelBenchmark, IEnumerable<string>> Measure)> Benchmarks =>
    [
        ("attention", AttentionBenchmark.Run), ("latent", LatentBenchmark.Run), ("rows", RowBenchmark.Run), ("sampler", SamplerBenchmark.Run),
        ("experts", ExpertBenchmark.Run),
    ];

    internal CudaDevice Device => _device;

    /// <summary>Memory of the benchmark that runs.</summary>
    internal nint Allocate(long bytes)
    {
        var memory = _device.Allocate(bytes);
        _owned.Add(memory);
        _device.Fill(memory.Address, 0, bytes);
        return memory.Address;
    }

    /// <summary>Random elements, uniform in (-scale, scale).</summary>
    internal nint Random(ElementType type, long count, float scale = 1)
    {
        var address = Allocate(count * type.Bytes());
        RandomFill.Fill(_device, address, type, count / 8 * 8, scale, 1);
        return address;
    }

    internal unsafe nint Integers(int[] values)
    {
        var address = Allocate(values.Length * sizeof(int));
        fixed (int* from = values)
        {
            _device.Copy((nint)from, address, values.Length * sizeof(int));
            _device.Synchronise();
        }

        return address;
    }

    /// <summary>Measures launches and writes a line.</summary>
    internal string Measure(string kernel, string shape, double bytes, int launches, Action<int> launch)
    {
        var microseconds = _timer.Microseconds(launches, launch);
        var bandwidth = bytes / microseconds / 1e6;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {kernel} | {shape} | {bytes / 1e6:F1} | {microseconds:F2} | {bandwidth:F2} | {bandwidth / _copyBandwidth:P0} | {bandwidth / _readBandwidth:P0} |");
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    /// <summary>Terabytes a second that a kernel which only reads gets from a GPU's memory.</summary>
    public static double ReadBandwidth(CudaDevice device)
    {
        using var benchmark = new KernelBenchmark(device);
        _ = benchmark.MeasureMemory();
        return benchmark._readBandwidth;
    }

    private string MeasureMemory()
    {
        nint from = Random(ElementType.BFloat16, ProbeBytes / 2), to = Allocate(ProbeBytes);
        // An idle GPU takes a while to come to its clocks.
        for (var i = 0; i < 100; i++) MemoryKernels.Read(_device, from, ProbeBytes, to);
        _readBandwidth = ProbeBytes / _timer.Microseconds(2, _ => MemoryKernels.Read(_device, from, ProbeBytes, to)) / 1e6;
        var kernelCopy = 2 * ProbeBytes / _timer.Microseconds(2, _ => MemoryKernels.Copy(_device, from, to, ProbeBytes)) / 1e6;
        var driverCopy = 2 * ProbeBytes / _timer.Microseconds(2, _ => _device.Copy(from, to, ProbeBytes)) / 1e6;
        _copyBandwidth = Math.Max(kernelCopy, driverCopy);
        Release();
        return string.Create(CultureInfo.InvariantCulture,
            $"1 GiB of random data: read {_readBandwidth:F2} TB/s; copied, read and write counted, {kernelCopy:F2} TB/s by a kernel, {driverCopy:F2} by the driver");
    }

    private void Release()
    {
        _device.Synchronise();
        foreach (var memory in _owned) memory.Dispose();
        _owned.Clear();
    }
}
