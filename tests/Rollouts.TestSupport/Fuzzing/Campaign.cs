using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Rollouts.TestSupport.Fuzzing;

/// <summary>Tries mutations: some in the ordinary run, as many as ROLLOUTS_FUZZ_MUTATIONS says on demand (from the seed ROLLOUTS_FUZZ_SEED).</summary>
public static class Campaign
{
    /// <summary>What one file may make a reader allocate, of which most is short-lived.</summary>
    private const long MaxBytes = 2L << 30;

    /// <summary>A hang is a fault, and must not stop the tests.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan WorthALook = TimeSpan.FromSeconds(2);

    /// <summary>Reads changed files; each must be read, or refused with an error that <paramref name="isTyped"/> knows.</summary>
    /// <param name="ordinary">Files of the ordinary run.</param>
    /// <param name="source">Gives changed files for a seed.</param>
    public static async Task RunAsync(int ordinary, Func<int, Func<byte[]>> source, Action<byte[]> read, Func<Exception, bool> isTyped)
    {
        var count = Setting("ROLLOUTS_FUZZ_MUTATIONS", ordinary);
        var next = source(Setting("ROLLOUTS_FUZZ_SEED", 1));
        var (accepted, refused, slowest, slowestFile) = (0, 0, TimeSpan.Zero, Array.Empty<byte>());
        for (var i = 0; i < count; i++)
        {
            var file = next();
            var started = Stopwatch.GetTimestamp();
            var error = await OutcomeAsync(file, read);
            if (Stopwatch.GetElapsedTime(started) is var took && took > slowest) (slowest, slowestFile) = (took, file);
            if (error is null) accepted++;
            else if (isTyped(error)) refused++;
            else throw new InvalidOperationException($"mutation {i} gave {error.GetType().Name}: {error.Message}; the file is {Keep(file)}", error);
        }

        var kept = slowest > WorthALook ? $", see {Keep(slowestFile)}" : "";
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} mutations: {accepted} read, {refused} refused, the slowest took {slowest.TotalMilliseconds:F0} ms{kept}");
    }

    /// <summary>Changed JSON files: two of three are JSON still.</summary>
    public static Func<byte[]> Json(IReadOnlyList<byte[]> seeds, IReadOnlyList<string> words, int seed)
    {
        var (bytes, json, turn) = (new Mutator(seeds, words, seed), new JsonMutator(seeds, seed), 0);
        return () => turn++ % 3 == 0 ? bytes.Next() : json.Next();
    }

    private static async Task<Exception?> OutcomeAsync(byte[] file, Action<byte[]> read)
    {
        var work = Task.Run(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Outcome(file, read);
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            return bytes <= MaxBytes ? error : new InvalidOperationException($"{bytes} bytes were allocated", error);
        });
        return await Task.WhenAny(work, Task.Delay(Patience, TimeProvider.System, TestContext.Current.CancellationToken)) == work ? await work : new TimeoutException($"not read within {Patience}");
    }

    private static Exception? Outcome(byte[] file, Action<byte[]> read)
    {
        try
        {
            read(file);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static string Keep(byte[] file)
    {
        var path = Path.Combine(Path.GetTempPath(), $"rollouts-fuzz-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, file);
        return path;
    }
}
