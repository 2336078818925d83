using System.Runtime.CompilerServices;

namespace Rollouts.Data;

/// <summary>A shuffle in bounded memory: each item is drawn from a window over the stream.</summary>
internal static class Shuffle
{
    public static async IAsyncEnumerable<T> WindowAsync<T>(IAsyncEnumerable<T> items, int window, int seed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var held = new List<T>(Math.Min(window, 1024));
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            if (held.Count < window)
            {
                held.Add(item);
                continue;
            }

            var drawn = random.Next(held.Count);
            yield return held[drawn];
            held[drawn] = item;
        }

        for (; held.Count > 0; held.RemoveAt(held.Count - 1))
        {
            var drawn = random.Next(held.Count);
            yield return held[drawn];
            held[drawn] = held[^1];
        }
    }
}
