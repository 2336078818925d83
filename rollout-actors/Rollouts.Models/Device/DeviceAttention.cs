using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N query heads, K KV heads, H head size, D model width.

/// <summary>Grouped-query attention on a kernel device: decodes, and all tokens where each must be computed alike, by the paged kernel; other prompts by flash attention.</summary>
internal sealed class DeviceAttention : IDeviceAttention
{
    private readonly KernelDevice _device;
    private readonly DeviceTorch _torch;
    private readonly AttentionWeights _weights;
    private readonly DeviceLinear _qkv;
    private readonly DeviceLinear _output;
    private readonly ModelConfig _config;
    private readonly int _window;

    public DeviceAttention(KernelDevice device, DeviceTorch torch, ModelConfig config, AttentionWeights weights, int layer)
    {
        (_device, _torch, _config, _weights, _window) = (device, torch, config, weights, config.Window(layer));
        _qkv = new DeviceLinear(torch, weights.Qkv, weights.QkvBias);
        _output = new DeviceLinear(torch, weights.Output, weights.OutputBias);
    }

    private HeadLayout Heads => _weights.Heads;

    /// <inheritdoc/>
    public void Forward(DeviceScratch scratch, in DeviceStep step, DeviceKvCache cache, int layer, DeviceRotary rotary)
    {
        var kv = cache.Layer(layer);
        _qkv.Forward(scratch.Normed, scratch.Query, step.NumTokens);                 // [T, (N + 2K) H]
        Rotary.RotateAndStore(_device, kv, new RotaryRows(step.NumTokens, scratch.Query.Address, Heads.NumQuery, _weights.QueryNorm?.Address ?? 0, _weights.KeyNorm?.Address ?? 0,
            _config.NormEpsilon, rotary.Cosines, rotary.Sines, step.Positions, step.Slots));
        AttendPaged(scratch, step, kv);                                              // [T, N H]
        if (step.Prompts.NumSequences > 0) AttendPrompts(scratch, step, kv);
        _output.Forward(scratch.Attended, scratch.Part, step.NumTokens);             // [T, D]
    }

    /// <inheritdoc/>
    public long ProductBytes => _qkv.Bytes + _output.Bytes;

    /// <inheritdoc/>
    public void Products(DeviceScratch scratch, int tokens)
    {
        _qkv.Forward(scratch.Normed, scratch.Query, tokens);
        _output.Forward(scratch.Attended, scratch.Part, tokens);
    }

    public void Dispose()
    {
        _qkv.Dispose();
        _output.Dispose();
    }

    private void AttendPaged(DeviceScratch scratch, in DeviceStep step, in DevicePagedKv kv)
    {
        var atOnce = scratch.RowsAtOnce(step.MaxLength);
        for (var first = 0; first < step.NumPaged; first += atOnce)
        {
            var at = first * sizeof(int);
            var rows = new AttentionRows(Math.Min(atOnce, step.NumPaged - first), scratch.Query.Row(first), Heads.QkvWidth, scratch.Attended.Row(first), step.Lengths + at,
                step.Tables, step.TableStride, step.Sequences + at, _window, step.MaxLength);
            PagedAttention.Attend(_device, kv, Heads.Group, rows, _config.AttentionScale, scratch.Partials.Address, scratch.Partials.Rows);
        }
    }

    private void AttendPrompts(DeviceScratch scratch, in DeviceStep step, in DevicePagedKv kv)
    {
        var runs = step.Prompts;
        KvGather.Gather(_device, kv, new GatheredRuns(runs.NumSequences, runs.MaxKeys, runs.KeyStarts, runs.Sequences, step.Tables, step.TableStride), scratch.Keys.Address, scratch.Values.Address);
        var queries = step.NumTokens - runs.FirstToken;
        nint query = Rows(scratch.Query.Row(runs.FirstToken), queries, Heads.NumQuery, Heads.QkvWidth),
            key = Rows(scratch.Keys.Address, runs.NumKeys, Heads.NumKv, Heads.NumKv * Heads.Size), value = Rows(scratch.Values.Address, runs.NumKeys, Heads.NumKv, Heads.NumKv * Heads.Size),
            queryStarts = Starts(runs.QueryStarts), keyStarts = Starts(runs.KeyStarts);
        var output = _torch.Flash(query, key, value, (queryStarts, keyStarts), (runs.MaxQueries, runs.MaxKeys), _config.AttentionScale, _window);
        _device.Copy(TorchShims.AddressOf(output), scratch.Attended.Row(runs.FirstToken), (long)queries * Heads.NumQuery * Heads.Size * kv.Type.Bytes());
        foreach (var view in (ReadOnlySpan<nint>)[query, key, value, queryStarts, keyStarts, output]) TorchShims.Delete(view);

        nint Starts(nint address) => TorchShims.Vector(address, runs.NumSequences + 1, TorchTypes.Int32, _torch.Place);
    }

    private nint Rows(nint address, int rows, int heads, int stride) =>
        TorchShims.Batch(address, (rows, heads, Heads.Size), (stride, Heads.Size, 1), TorchTypes.Of(_weights.Qkv.Type), _torch.Place);
}
