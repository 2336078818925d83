namespace Rollouts.Kernels.Tests;

/// <summary>Random queries and latent rows in shuffled blocks, on a device; and their attention in double.</summary>
internal sealed class LatentProblem : IDisposable
{
    private readonly KernelDevice _device;
    private readonly int _latent, _rotary, _heads, _window, _stride;
    private readonly int[] _lengths, _table;
    private readonly DeviceOperand _queries, _rows, _lengthsThere, _tableThere, _scratch;

    public LatentProblem(KernelDevice device, ElementType type, int latent, int rotary, int heads, int window, int[] lengths, int seed)
    {
        (_device, _latent, _rotary, _heads, _window, _lengths) = (device, latent, rotary, heads, window, lengths);
        var random = new Random(seed);
        _stride = (lengths.Max() + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize + 1;
        _table = [.. Enumerable.Range(0, _stride * lengths.Length).OrderBy(_ => random.Next())];
        _queries = DeviceOperand.Random(device, type, lengths.Length * heads * Width, random, 0.5f);
        _rows = DeviceOperand.Random(device, type, _table.Length * DevicePagedKv.BlockSize * Width, random);
        _lengthsThere = DeviceOperand.Integers(device, lengths);
        _tableThere = DeviceOperand.Integers(device, _table);
        _scratch = DeviceOperand.Zeros(device, PagedLatentAttention.ScratchBytes(lengths.Length, heads, latent, lengths.Max()));
        Output = DeviceOperand.Poisoned(device, type, lengths.Length * heads * latent);
    }

    public DeviceOperand Output { get; }

    private int Width => _latent + _rotary;

    private static float Scale => 0.2f;

    public byte[] Run()
    {
        var kv = new PagedLatent(_rows.Address, Output.Type, _latent, _rotary, DevicePagedKv.BlockSize);
        var rows = new AttentionRows(_lengths.Length, _queries.Address, _heads * Width, Output.Address, _lengthsThere.Address,
            _tableThere.Address, _stride, 0, _window, _lengths.Max());
        PagedLatentAttention.Attend(_device, kv, _heads, rows, Scale, _scratch.Address);
        return Output.Raw();
    }

    public double[] Expected()
    {
        var (queries, stored) = (_queries.Values(), _rows.Values());
        var output = new double[_lengths.Length * _heads * _latent];
        Parallel.For(0, _lengths.Length * _heads, place =>
        {
            var row = place / _heads;
            var first = _window > 0 ? Math.Max(0, _lengths[row] - _window) : 0;
            int At(int token) => (_table[row * _stride + token / DevicePagedKv.BlockSize] * DevicePagedKv.BlockSize + token % DevicePagedKv.BlockSize) * Width;
            double[] scores = [.. Enumerable.Range(first, _lengths[row] - first).Select(token =>
            {
                var (at, sum) = (At(token), 0.0);
                for (var i = 0; i < Width; i++) sum += (double)queries[place * Width + i] * stored[at + i];
                return sum * Scale;
            })];
            var largest = scores.Max();
            var total = scores.Sum(s => Math.Exp(s - largest));
            for (var t = 0; t < scores.Length; t++)
            {
                var (weight, at) = (Math.Exp(scores[t] - largest) / total, At(first + t));
                for (var i = 0; i < _latent; i++) output[place * _latent + i] += weight * stored[at + i];
            }
        });
        return output;
    }

    public void Dispose()
    {
        foreach (var operand in new[] { _queries, _rows, _lengthsThere, _tableThere, _scratch, Output }) operand.Dispose();
    }
}
