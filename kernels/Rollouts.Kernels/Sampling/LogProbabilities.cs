using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Rollouts.Kernels;

/// <summary>The log-softmax of a row of logits, for the few entries that are asked for.</summary>
/// <param name="logits">[vocabulary]; dropped entries are negative infinity.</param>
/// <param name="scale">What they are multiplied by; above 0.</param>
public readonly ref struct LogProbabilities(ReadOnlySpan<float> logits, float scale)
{
    private readonly ReadOnlySpan<float> _logits = logits;
    private readonly float _logSum = Logits.LogSumExp(logits, scale);

    /// <summary>A token's natural log-probability.</summary>
    public float Of(int token) => _logits[token] * scale - _logSum;

    /// <summary>The likeliest tokens, the likeliest first; of equals the lower index first.</summary>
    /// <param name="tokens">[k], at most the vocabulary.</param>
    /// <param name="logProbs">[k].</param>
    public void Top(Span<int> tokens, Span<float> logProbs)
    {
        var keys = ArrayPool<ulong>.Shared.Rent(tokens.Length);
        Select(_logits, keys.AsSpan(0, tokens.Length));
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = (int)(uint)keys[i];
            logProbs[i] = Of(tokens[i]);
        }

        ArrayPool<ulong>.Shared.Return(keys);
    }

    /// <summary>Keeps the smallest keys, sorted: after the first few thousand entries hardly any is among them, and most vectors are passed over whole.</summary>
    private static void Select(ReadOnlySpan<float> logits, Span<ulong> keys)
    {
        for (var v = 0; v < keys.Length; v++) keys[v] = Key(logits[v], v);
        keys.Sort();
        var (last, next) = (Last(logits, keys), keys.Length);
        foreach (var vector in MemoryMarshal.Cast<float, Vector<float>>(logits[keys.Length..]))
        {
            if (Vector.GreaterThanAny(vector, last))
            {
                for (var v = next; v < next + Vector<float>.Count; v++) Insert(keys, Key(logits[v], v));
                last = Last(logits, keys);
            }

            next += Vector<float>.Count;
        }

        for (; next < logits.Length; next++) Insert(keys, Key(logits[next], next));
    }

    /// <summary>The last that is kept: a later entry must be larger, for an equal one loses by its index.</summary>
    private static Vector<float> Last(ReadOnlySpan<float> logits, ReadOnlySpan<ulong> keys) => new(logits[(int)(uint)keys[^1]]);

    private static void Insert(Span<ulong> keys, ulong key)
    {
        if (key >= keys[^1]) return;
        var at = ~keys.BinarySearch(key);
        keys[at..^1].CopyTo(keys[(at + 1)..]);
        keys[at] = key;
    }

    // Adding 0 makes the two zeros equal.
    private static ulong Key(float logit, int index) => ((ulong)LogitFilters.Order(logit + 0f) << 32) | (uint)index;
}
