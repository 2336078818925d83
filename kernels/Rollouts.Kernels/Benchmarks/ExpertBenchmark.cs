namespace Rollouts.Kernels;

/// <summary>Routing around the experts' products, at the shape of DeepSeek-V2-Lite; and the end of a decode step.</summary>
internal static class ExpertBenchmark
{
    private const int NumExperts = 64, NumChosen = 6, Width = 2048, Inner = 1408, TableStride = 64, MaxStops = 4, Launches = 50;

    public static IEnumerable<string> Run(KernelBenchmark benchmark)
    {
        foreach (var tokens in new[] { 256, 64, 1 })
        {
            var device = benchmark.Device;
            var (router, choices) = (new ExpertRouter(NumExperts, NumChosen, ExpertScore.Softmax, 1, 1, false, 1), tokens * NumChosen);
            var plan = new DeviceExpertPlan(NumChosen, 0, NumExperts, tokens, benchmark.Allocate(choices * 4),
                benchmark.Allocate(choices * 4), benchmark.Allocate(NumExperts * 4), benchmark.Allocate(choices * 4));
            nint logits = benchmark.Random(ElementType.Float32, tokens * NumExperts), hidden = benchmark.Random(ElementType.BFloat16,
                (long)tokens * Width), output = benchmark.Allocate((long)tokens * Width * 2);
            var rows = benchmark.Allocate((long)NumExperts * tokens * Width * 2);
            var shape = $"{tokens} x {NumChosen} of {NumExperts}";
            yield return benchmark.Measure("experts choose", shape, tokens * NumExperts * 4.0 + choices * 8.0, Launches,
                _ => ExpertRouting.Choose(device, router, plan, logits, 0, tokens));
            yield return benchmark.Measure("experts order", shape, choices * 8.0, Launches, _ => ExpertRouting.Order(device, plan, tokens));
            yield return benchmark.Measure("experts gather", $"{shape}, {Width}", (choices + tokens) * Width * 2.0, Launches,
                _ => ExpertRouting.Gather(device, plan, hidden, rows, ElementType.BFloat16, tokens, Width));
            yield return benchmark.Measure("experts combine", $"{shape}, {Width}", (choices + tokens) * Width * 2.0, Launches,
                _ => ExpertRouting.Combine(device, plan, rows, output, ElementType.BFloat16, tokens, Width, false));
        }

        foreach (var tokens in new[] { 1, 4, 8 })
            foreach (var line in Vectors(benchmark, tokens)) yield return line;
        yield return Advance(benchmark, 256);
    }

    /// <summary>Launches take other experts in turn, so that weights come from memory; of several tokens no two have the same.</summary>
    private static IEnumerable<string> Vectors(KernelBenchmark benchmark, int tokens)
    {
        const ElementType Type = ElementType.BFloat16;
        var (device, choices, plans) = (benchmark.Device, tokens * NumChosen, new DeviceExpertPlan[4]);
        for (var i = 0; i < plans.Length; i++)
            plans[i] = new DeviceExpertPlan(NumChosen, 0, NumExperts, 0, benchmark.Integers([.. Enumerable.Range(i * choices, choices).Select(c => c % NumExperts)]), 0, 0, benchmark.Allocate(choices * 4));
        nint gateUp = benchmark.Random(Type, 2L * NumExperts * Inner * Width), down = benchmark.Random(Type, (long)NumExperts * Inner * Width);
        nint hidden = benchmark.Random(Type, (long)tokens * Width), gated = benchmark.Random(Type, (long)choices * Inner), rows = benchmark.Allocate((long)choices * Width * 2);
        yield return benchmark.Measure("expert vectors, gate and up", $"{tokens} x {NumChosen} of {NumExperts}", choices * 4.0 * Inner * Width, plans.Length,
            i => ExpertVectors.GateUp(device, plans[i], hidden, gateUp, gated, Type, tokens, Width, Inner));
        yield return benchmark.Measure("expert vectors, down", $"{tokens} x {NumChosen} of {NumExperts}", choices * 2.0 * Inner * Width, plans.Length,
            i => ExpertVectors.Down(device, plans[i], gated, down, rows, Type, tokens, Width, Inner));
    }

    private static string Advance(KernelBenchmark benchmark, int rows)
    {
        nint Integers(int value) => benchmark.Integers([.. Enumerable.Repeat(value, rows)]);
        var state = new DecodeRows(rows, Integers(7), Integers(0), Integers(100), Integers(101), Integers(0), Integers(1 << 30),
            Integers(0), Integers(0), benchmark.Allocate(rows * TableStride * 4), TableStride,
            benchmark.Allocate(rows * MaxStops * 4), MaxStops, Integers(0), 0);
        return benchmark.Measure("decode step advance", $"{rows}", rows * (12 + MaxStops) * 4.0, Launches,
            _ => DecodeStep.Advance(benchmark.Device, state));
    }
}
