using System.Diagnostics;
using System.Globalization;
using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench engine --device cuda</c>: models of known shapes with random weights made on the GPUs, bfloat16. Of several ranks, bytes are those of one.</summary>
public static class DeviceEngineBenchmark
{
    private const int Sequences = 256;

    /// <summary>Steady decoding of batches at one context, against the bytes that each step must read.</summary>
    public static IEnumerable<string> Decode(string shape, EngineOptions engine, IReadOnlyList<int> batches, int context, int steps)
    {
        var benchmark = New(shape, engine);
        foreach (var batch in batches) yield return Decode(benchmark, shape, batch, context, steps);
    }

    /// <summary>256 requests of equal lengths through the whole engine.</summary>
    public static string Offline(string shape, EngineOptions engine, int promptTokens, int newTokens) =>
        Serve(shape, engine, $"{Sequences} requests of {promptTokens} in, {newTokens} out", [.. Enumerable.Repeat((promptTokens, newTokens), Sequences)]);

    /// <summary>The benchmark of nano-vllm: 256 requests of 100 to 1,024 tokens in and out, temperature 0.6.</summary>
    /// <remarks>GeeeekExplorer/nano-vllm: bench.py; its lengths come of Python's generator, ours of another with the same bounds.</remarks>
    public static string Mixed(string shape, EngineOptions engine)
    {
        var random = new Random(0);
        return Serve(shape, engine, $"{Sequences} requests of 100 to 1,024 in and out", [.. Enumerable.Range(0, Sequences).Select(_ => (random.Next(100, 1025), random.Next(100, 1025)))]);
    }

    private static string Decode(DeviceBenchmark benchmark, string shape, int batch, int context, int steps)
    {
        var (decoding, timer) = benchmark.StartDecoding(batch, Math.Max(1, context - steps / 2), steps * 2, new SamplingParams { Seed = 1 });
        using (decoding)
        {
            var ms = PerStep(decoding, steps);
            decoding.Settle();
            var (graph, products, sampling, exchanges, read) = (timer.GraphMs(), timer.ProductsMs(), timer.SamplingMs(), timer.ExchangesMs(), timer.ReadBandwidth());
            var floor = timer.Bytes(context) / read / 1e9;
            return string.Create(CultureInfo.InvariantCulture,
                $"{shape}, batch {batch}, context {context}: step {ms:F3} ms, {batch * 1000 / ms:F0} tokens/s; the device's part {graph:F3} ms (idle between steps {Math.Max(0, 1 - graph / ms):P1}): products {products:F3}, sampling {sampling:F3}{(exchanges > 0 ? $", what ranks exchange {exchanges:F3}" : "")}, the rest {graph - products - sampling - exchanges:F3}; floor {floor:F3} ms ({timer.Bytes(context) / 1e9:F1} GB at {read:F2} TB/s), {floor / ms:P0} of it reached");
        }
    }

    private static double PerStep(DecodeBenchmark decoding, int steps)
    {
        for (var i = 0; i < 5; i++) decoding.Step();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < steps; i++) decoding.Step();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
    }

    private static string Serve(string shape, EngineOptions options, string what, (int In, int Out)[] requests)
    {
        var engine = New(shape, options).Start(Sequences, 8192);
        try
        {
            // The first time captures graphs; the second is measured.
            var ms = new double[2];
            for (var i = 0; i < ms.Length; i++) ms[i] = ServeAll(engine, requests, i).GetAwaiter().GetResult();
            var (given, made) = (requests.Sum(r => r.In), requests.Sum(r => r.Out));
            return string.Create(CultureInfo.InvariantCulture, $"{shape}, {what} ({given} tokens in, {made} out): {ms[1] / 1000:F2} s, {made * 1000 / ms[1]:F0} output tokens/s; the first time, graphs captured, {ms[0] / 1000:F2} s");
        }
        finally
        {
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static async Task<double> ServeAll(Engine.Engine engine, (int In, int Out)[] requests, int round)
    {
        var random = new Random(round + 1);
        var sampling = new SamplingParams { Temperature = 0.6f, Seed = 1, IgnoreEos = true };
        GenerationRequest[] all = [.. requests.Select((r, i) => new GenerationRequest(
            new RolloutId(new GroupId(Purpose.Train, 0, new PromptId($"{round}-{i}")), 0), [.. Enumerable.Range(0, r.In).Select(_ => random.Next(10000))], sampling with { MaxTokens = r.Out }))];
        var start = Stopwatch.GetTimestamp();
        var completions = await Task.WhenAll(all.Select(r => engine.GenerateAsync(r, default)));
        var ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (completions.FirstOrDefault(c => c.Failure is not null)?.Failure is { } failure) throw new InvalidOperationException(failure.Message);
        return ms;
    }

    private static DeviceBenchmark New(string shape, EngineOptions engine) =>
        new(ModelConfigReader.Read(BenchmarkModels.Config(shape)), ElementType.BFloat16, engine);
}
