namespace Rollouts.Kernels.Tests;

/// <summary>Random queries, keys and values in shuffled blocks, on a device; and their attention in double.</summary>
internal sealed class AttentionProblem : IDisposable
{
    private readonly KernelDevice _device;
    private readonly int _size, _group, _window, _kvHeads, _stride;
    private readonly int[] _lengths, _table;
    private readonly DeviceOperand _queries, _keys, _values, _lengthsThere, _tableThere, _scratch;

    public AttentionProblem(KernelDevice device, ElementType type, int size, int group, int window, int[] lengths, int kvHeads, int seed)
    {
        (_device, _size, _group, _window, _kvHeads, _lengths) = (device, size, group, window, kvHeads, lengths);
        var random = new Random(seed);
        _stride = (lengths.Max() + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize + 1;
        var numBlocks = _stride * lengths.Length;
        _table = [.. Enumerable.Range(0, numBlocks).OrderBy(_ => random.Next())];
        var elements = numBlocks * kvHeads * DevicePagedKv.BlockSize * size;
        _queries = DeviceOperand.Random(device, type, lengths.Length * kvHeads * group * size, random, 2);
        _keys = DeviceOperand.Random(device, type, elements, random);
        _values = DeviceOperand.Random(device, type, elements, random);
        _lengthsThere = DeviceOperand.Integers(device, lengths);
        _tableThere = DeviceOperand.Integers(device, _table);
        _scratch = DeviceOperand.Zeros(device, PagedAttention.ScratchBytes(lengths.Length, kvHeads * group, size, lengths.Max()));
        Output = DeviceOperand.Poisoned(device, type, lengths.Length * kvHeads * group * size);
    }

    public DeviceOperand Output { get; }

    private static float Scale => 0.3f;

    public byte[] Run()
    {
        var kv = new DevicePagedKv(_keys.Address, _values.Address, Output.Type, _kvHeads, _size);
        var rows = new AttentionRows(_lengths.Length, _queries.Address, _kvHeads * _group * _size, Output.Address, _lengthsThere.Address,
            _tableThere.Address, _stride, 0, _window, _lengths.Max());
        PagedAttention.Attend(_device, kv, _group, rows, Scale, _scratch.Address);
        return Output.Raw();
    }

    public double[] Expected()
    {
        var (queries, keys, values) = (_queries.Values(), _keys.Values(), _values.Values());
        var heads = _kvHeads * _group;
        var output = new double[_lengths.Length * heads * _size];
        Parallel.For(0, _lengths.Length * heads, place =>
        {
            var (row, head) = (place / heads, place % heads);
            var first = _window > 0 ? Math.Max(0, _lengths[row] - _window) : 0;
            int At(int token) => ((_table[row * _stride + token / DevicePagedKv.BlockSize] * _kvHeads + head / _group) * DevicePagedKv.BlockSize + token % DevicePagedKv.BlockSize) * _size;
            double[] scores = [.. Enumerable.Range(first, _lengths[row] - first).Select(token =>
            {
                var (at, sum) = (At(token), 0.0);
                for (var i = 0; i < _size; i++) sum += (double)queries[place * _size + i] * keys[at + i];
                return sum * Scale;
            })];
            var largest = scores.Max();
            var total = scores.Sum(s => Math.Exp(s - largest));
            for (var t = 0; t < scores.Length; t++)
            {
                var (weight, at) = (Math.Exp(scores[t] - largest) / total, At(first + t));
                for (var i = 0; i < _size; i++) output[place * _size + i] += weight * values[at + i];
            }
        });
        return output;
    }

    public void Dispose()
    {
        foreach (var operand in new[] { _queries, _keys, _values, _lengthsThere, _tableThere, _scratch, Output }) operand.Dispose();
    }
}
