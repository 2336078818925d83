using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, N heads, L latent size, R rotary size, P plain size, V value size.

/// <summary>Multi-head latent attention on a kernel device: every token attends to the compressed rows as they are, with their expansion absorbed into queries and outputs.</summary>
/// <remarks>DeepSeek-V2, <see href="https://arxiv.org/abs/2405.04434"/>, section 2.1.</remarks>
internal sealed class DeviceLatentAttention : IDeviceAttention
{
    private readonly KernelDevice _device;
    private readonly DeviceTorch _torch;
    private readonly ModelConfig _config;
    private readonly LatentExpansion _expansion;
    private readonly WeightMatrix _latentNorm;
    private readonly DeviceLinear? _compressQuery;
    private readonly DeviceNorm? _queryNorm;
    private readonly DeviceLinear _query;
    private readonly DeviceLinear _compress;
    private readonly DeviceLinear _output;

    public DeviceLatentAttention(KernelDevice device, DeviceTorch torch, ModelSource source, string prefix)
    {
        (_device, _torch, _config) = (device, torch, source.Config);
        var (hidden, heads, shape) = (_config.HiddenSize, source.Parallel.Share(_config.NumHeads), Shape);
        Heads = heads.Count;
        if (shape.QueryRank > 0)
        {
            _compressQuery = Whole("q_a_proj.weight", shape.QueryRank, hidden);
            _queryNorm = new DeviceNorm(device, source.LoadVector(prefix + "q_a_layernorm.weight", shape.QueryRank), LatentQuery.InnerEpsilon);
        }

        _query = shape.QueryRank > 0 ? OfHeads("q_b_proj.weight", shape.QueryRank) : OfHeads("q_proj.weight", hidden);
        _compress = Whole("kv_a_proj_with_mqa.weight", shape.LatentSize + shape.RotarySize, hidden);
        _latentNorm = source.LoadVector(prefix + "kv_a_layernorm.weight", shape.LatentSize);
        _expansion = LatentExpansion.Load(source, prefix + "kv_b_proj.weight", heads);
        var values = (heads.First * shape.ValueSize, heads.Count * shape.ValueSize);
        _output = new DeviceLinear(torch, source.LoadColumns(prefix + "o_proj.weight", (hidden, _config.NumHeads * shape.ValueSize), values), null);

        DeviceLinear OfHeads(string name, int columns) => Rows(name, (_config.NumHeads * shape.KeySize, columns), (heads.First * shape.KeySize, heads.Count * shape.KeySize));

        DeviceLinear Whole(string name, int rows, int columns) => Rows(name, (rows, columns), (0, rows));

        DeviceLinear Rows(string name, (int Rows, int Columns) whole, (int First, int Count) rows)
        {
            var weight = source.NewMatrix(rows.Count, whole.Columns);
            weight.Load(source, prefix + name, whole, rows, 0, 0);
            return new DeviceLinear(torch, weight, null);
        }
    }

    private LatentShape Shape => _config.Latent!;

    /// <summary>This rank's.</summary>
    private int Heads { get; }

    private int Width => Shape.LatentSize + Shape.RotarySize;

    /// <inheritdoc/>
    public long ProductBytes => (_compressQuery?.Bytes ?? 0) + _query.Bytes + _compress.Bytes + _output.Bytes +
        ((long)_expansion.Keys.Rows * _expansion.Keys.Columns + (long)_expansion.Values.Rows * _expansion.Values.Columns) * _expansion.Keys.Type.Bytes();

    /// <inheritdoc/>
    public void Forward(DeviceScratch scratch, in DeviceStep step, DeviceKvCache kv, int layer, DeviceRotary rotary)
    {
        var (of, latents, tokens) = (scratch.Latent!, kv.Latents(layer), step.NumTokens);
        Query(scratch, tokens);                                                                  // [T, N (P + R)]
        _compress.Forward(scratch.Normed, of.Compressed, tokens);                                // [T, L + R]
        var rotated = scratch.Query.Address + Shape.PlainSize * scratch.Query.Type.Bytes();
        PagedLatentAttention.RotateAndStore(_device, latents, new LatentRows(tokens, of.Compressed.Address, _latentNorm.Address, LatentQuery.InnerEpsilon, rotated, scratch.Query.Stride,
            Shape.KeySize, Heads, Shape.PairsInterleaved, rotary.Cosines, rotary.Sines, step.Positions, step.Slots));
        Absorb(scratch, tokens);                                                                 // [T, N, L]
        HeadCopy.Copy(_device, new DeviceHeadPart(rotated, scratch.Query.Stride, Shape.KeySize),
            new DeviceHeadPart(of.Absorbed.Address + Shape.LatentSize * of.Absorbed.Type.Bytes(), of.Absorbed.Stride, Width), of.Absorbed.Type, tokens, Heads, Shape.RotarySize);
        Attend(scratch, step, latents);                                                          // [T, N, L]
        Expand(scratch, tokens);                                                                 // [T, N, V]
        _output.Forward(scratch.Attended, scratch.Part, tokens);                                 // [T, D]
    }

    /// <inheritdoc/>
    public void Products(DeviceScratch scratch, int tokens)
    {
        Query(scratch, tokens);
        _compress.Forward(scratch.Normed, scratch.Latent!.Compressed, tokens);
        Absorb(scratch, tokens);
        Expand(scratch, tokens);
        _output.Forward(scratch.Attended, scratch.Part, tokens);
    }

    public void Dispose()
    {
        foreach (var linear in new[] { _compressQuery, _query, _compress, _output }) linear?.Dispose();
    }

    private void Query(DeviceScratch scratch, int tokens)
    {
        if (_compressQuery is not null && scratch.Latent!.QueryLatent is var (raw, normed))
        {
            _compressQuery.Forward(scratch.Normed, raw, tokens);
            _queryNorm!.Forward(raw, null, normed, tokens);
            _query.Forward(normed, scratch.Query, tokens);
        }
        else
        {
            _query.Forward(scratch.Normed, scratch.Query, tokens);
        }
    }

    private void Absorb(DeviceScratch scratch, int tokens) =>
        MultiplyHeads(scratch.Query, Shape.KeySize, Shape.PlainSize, _expansion.Keys, scratch.Latent!.Absorbed, Width, Shape.LatentSize, tokens);

    private void Expand(DeviceScratch scratch, int tokens) =>
        MultiplyHeads(scratch.Latent!.Context, Shape.LatentSize, Shape.LatentSize, _expansion.Values, scratch.Attended, Shape.ValueSize, Shape.ValueSize, tokens);

    /// <summary>A matrix for each head; in tiles of one size where a row must not depend on how many others there are.</summary>
    private void MultiplyHeads(DeviceActivations input, int inputStride, int inputWidth, WeightMatrix weights, DeviceActivations output, int outputStride, int outputWidth, int tokens)
    {
        var atOnce = _torch.IsBatchInvariant ? DeviceActivations.TileRows : tokens;
        for (var first = 0; first < tokens; first += atOnce)
            _torch.MultiplyBatch(DeviceBatch.Heads(output, first, atOnce, Heads, outputStride, outputWidth), DeviceBatch.Heads(input, first, atOnce, Heads, inputStride, inputWidth),
                DeviceBatch.Transposed(weights, Heads), input.Type);
    }

    private void Attend(DeviceScratch scratch, in DeviceStep step, in PagedLatent latents)
    {
        var (of, atOnce) = (scratch.Latent!, scratch.RowsAtOnce(step.MaxLength));
        for (var first = 0; first < step.NumTokens; first += atOnce)
        {
            var at = first * sizeof(int);
            var rows = new AttentionRows(Math.Min(atOnce, step.NumTokens - first), of.Absorbed.Row(first), of.Absorbed.Stride, of.Context.Row(first), step.Lengths + at,
                step.Tables, step.TableStride, step.Sequences + at, 0, step.MaxLength);
            PagedLatentAttention.Attend(_device, latents, Heads, rows, _config.AttentionScale, scratch.Partials.Address, scratch.Partials.Rows);
        }
    }
}
