namespace Rollouts.Kernels;

/// <summary>
/// A softmax taken in one pass, chunk after chunk: sums are held under the largest score so far and scaled down when a larger one comes. A chunk that is added
/// later continues where the last one ended, with the same bits as if all had come at once.
/// </summary>
/// <remarks>Milakov and Gimelshein 2018, <see href="https://arxiv.org/abs/1805.02867"/>.</remarks>
internal static unsafe class OnlineSoftmax
{
    /// <summary>Floats of an unfinished attention of some heads: their sums, then the largest scores, then the weights.</summary>
    public static int StateFloats(int heads, int size) => heads * (size + 2);

    /// <summary>Nothing attended to yet.</summary>
    public static void Begin(float* state, int heads, int size)
    {
        new Span<float>(state, heads * size).Clear();
        new Span<float>(state + heads * size, heads).Fill(float.NegativeInfinity);
        new Span<float>(state + heads * (size + 1), heads).Clear();
    }

    /// <summary>Scores of a chunk become weights, head by head.</summary>
    /// <param name="scores">[heads, stride]; room for a vector past the last token.</param>
    public static void Weigh<TLanes>(float* scores, int stride, float* state, int heads, int size, int tokens)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* largest = state + heads * size, weight = largest + heads;
        for (var g = 0; g < heads; g++) WeighHead<TLanes>(scores + g * stride, state + g * size, ref largest[g], ref weight[g], size, tokens);
    }

    /// <summary>Divides by the weights.</summary>
    /// <param name="output">[heads, size]</param>
    public static void Finish<TElement, TLanes>(float* state, TElement* output, int heads, int size)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var weight = state + heads * (size + 1);
        for (var g = 0; g < heads; g++) Normalise<TElement, TLanes>(state + g * size, weight[g], output + g * size, size);
    }

    private static void WeighHead<TLanes>(float* scores, float* sums, ref float largest, ref float weight, int size, int tokens)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        // Places past the last token count for nothing.
        for (var t = tokens; t % TLanes.Count != 0; t++) scores[t] = float.NegativeInfinity;
        var highs = TLanes.Broadcast(largest);
        for (var t = 0; t < tokens; t += TLanes.Count) highs = TLanes.Max(highs, TLanes.Load(scores + t));
        var high = TLanes.Largest(highs);
        if (high != largest)
        {
            var keep = MathF.Exp(largest - high);
            Scale<TLanes>(sums, keep, size);
            weight *= keep;
            largest = high;
        }

        var (sum, shift) = (TLanes.Broadcast(0), TLanes.Broadcast(high));
        for (var t = 0; t < tokens; t += TLanes.Count)
        {
            var p = TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + t), shift));
            TLanes.Store(p, scores + t);
            sum = TLanes.Add(sum, p);
        }

        weight += TLanes.Sum(sum);
    }

    private static void Scale<TLanes>(float* sums, float factor, int size)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var factors = TLanes.Broadcast(factor);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(sums + i), factors), sums + i);
        for (; i < size; i++) sums[i] *= factor;
    }

    private static void Normalise<TElement, TLanes>(float* sums, float weight, TElement* output, int size)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var weights = TLanes.Broadcast(weight);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TElement.StoreLanes(TLanes.Divide(TLanes.Load(sums + i), weights), output + i);
        for (; i < size; i++) TElement.Store(sums[i] / weight, output + i);
    }
}
