using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: C tokens of a chunk, N heads, P plain size, R rotary size, L latent size, V value size.

/// <summary>Keys and values of some tokens, expanded from their latents, as one block of a paged cache.</summary>
internal sealed unsafe class ExpandedChunk : IParallelWork, IDisposable
{
    /// <summary>C.</summary>
    public const int Tokens = PagedAttention.MaxBlockSize;

    private readonly LatentShape _shape;
    private readonly NativeBuffer _keys;
    private readonly NativeBuffer _values;
    private readonly NativeBuffer _gathered;
    private readonly nint[] _views;
    private NativeBuffer _states = new(0);
    private PagedLatent _latents;
    private int* _blocks;
    private int _first;

    public ExpandedChunk(LatentShape shape, int numHeads, ElementType type)
    {
        _shape = shape;
        var (latent, value, bytes) = (shape.LatentSize, shape.ValueSize, type.Bytes());
        _keys = new NativeBuffer((long)numHeads * Tokens * shape.KeySize * bytes);
        _values = new NativeBuffer((long)numHeads * Tokens * value * bytes);
        _gathered = new NativeBuffer((long)Tokens * latent * bytes);
        Kv = new PagedKv(_keys.Address, _values.Address, type, numHeads, shape.KeySize, value, Tokens);
        var kind = TorchTypes.Of(type);
        _views =
        [
            TorchShims.Batch(_keys.Address, (numHeads, shape.PlainSize, Tokens), (shape.KeySize * Tokens, Tokens, 1), kind),   // [N, P, C], rows of [N, P + R, C]
            TorchShims.Batch(_gathered.Address, (numHeads, latent, Tokens), (0, 1, latent), kind),                             // [N, L, C], the same for all heads
            TorchShims.Batch(_values.Address, (numHeads, Tokens, value), (Tokens * value, value, 1), kind),                    // [N, C, V]
            TorchShims.Batch(_gathered.Address, (numHeads, Tokens, latent), (0, latent, 1), kind),                             // [N, C, L], the same for all heads
        ];
    }

    /// <summary>What was expanded, in block 0.</summary>
    public PagedKv Kv { get; }

    /// <summary>Floats of one token's and head's unfinished attention.</summary>
    public int StateFloats => PagedAttention.StateFloats(1, _shape.ValueSize);

    /// <summary>[T, N, state floats] while chunks come.</summary>
    public float* States => (float*)_states.Address;

    /// <summary>Makes room for the unfinished attention of some tokens.</summary>
    public float* ReserveStates(int tokens)
    {
        var bytes = (long)tokens * Kv.NumHeads * StateFloats * sizeof(float);
        if (_states.Bytes < bytes)
        {
            _states.Dispose();
            _states = new NativeBuffer(bytes);
        }

        return States;
    }

    /// <summary>Expands tokens of a sequence. Places past the last hold what was there: numbers that nobody attends to.</summary>
    public void Expand(ExpansionViews expansion, in PagedLatent latents, int* blocks, int first, int count, IWorkerTeam team)
    {
        (_latents, _first) = (latents, first);
        _blocks = blocks;
        team.Run(this, count);
        TorchShims.MultiplyBatch(_views[0], expansion.Keys, _views[1]);
        TorchShims.MultiplyBatch(_views[2], _views[3], expansion.Values);
    }

    /// <summary>One token: its latent is gathered, its rotary key is every head's.</summary>
    void IParallelWork.Run(int item)
    {
        var (position, bytes) = (_first + item, _latents.Type.Bytes());
        var row = _latents.Row((long)_blocks[position / _latents.BlockSize] * _latents.BlockSize + position % _latents.BlockSize);
        var latentBytes = _shape.LatentSize * bytes;
        Buffer.MemoryCopy((void*)row, (void*)(_gathered.Address + item * latentBytes), latentBytes, latentBytes);
        for (var head = 0; head < Kv.NumHeads; head++)
            for (var i = 0; i < _shape.RotarySize; i++)
            {
                var (to, from) = (Kv.KeyTile(0, head) + ((_shape.PlainSize + i) * Tokens + item) * bytes, row + latentBytes + i * bytes);
                if (bytes == 4) *(float*)to = *(float*)from;
                else *(ushort*)to = *(ushort*)from;
            }
    }

    public void Dispose()
    {
        foreach (var view in _views) TorchShims.Delete(view);
        _keys.Dispose();
        _values.Dispose();
        _gathered.Dispose();
        _states.Dispose();
    }
}
