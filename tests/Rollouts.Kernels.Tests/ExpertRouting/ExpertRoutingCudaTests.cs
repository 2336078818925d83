namespace Rollouts.Kernels.Tests;

/// <summary>The GPU's routing against the CPU's, and rows that travel to experts and back.</summary>
[Collection(KernelDeviceCollection.Name)]
public sealed class ExpertRoutingCudaTests(KernelDevices devices)
{
    public static TheoryData<ExpertRouter, bool> Routers => new()
    {
        { new ExpertRouter(6, 2, ExpertScore.Softmax, 1, 1, true, 1), false },
        { new ExpertRouter(64, 6, ExpertScore.Softmax, 8, 3, false, 2), false },
        { new ExpertRouter(160, 8, ExpertScore.Sigmoid, 8, 4, true, 2.5f), true },
        { new ExpertRouter(33, 1, ExpertScore.Sigmoid, 1, 1, false, 1), false },
    };

    [Theory]
    [MemberData(nameof(Routers))]
    public unsafe void Choose_AnyRouter_IsTheChoiceOfTheCpu(ExpertRouter router, bool biased)
    {
        foreach (var device in devices.All)
        {
            const int Tokens = 3;
            var random = new Random(router.NumExperts);
            // Few different values: ties go to the lower expert.
            float[] values = [.. Enumerable.Range(0,
                Tokens * router.NumExperts).Select(i => i < router.NumExperts ? random.Next(4) : random.NextSingle() * 6)];
            using var logits = DeviceOperand.Of(device, ElementType.Float32, values);
            using var bias = DeviceOperand.Random(device, ElementType.Float32, router.NumExperts, random, 0.3f);
            using var plan = new ExpertRows(device, Tokens, router.NumChosen, 0, router.NumExperts, Tokens);

            ExpertRouting.Choose(device, router, plan.Plan, logits.Address, biased ? bias.Address : 0, Tokens);

            var (experts, weights, b) = (new int[router.NumChosen], new float[router.NumChosen], bias.Values());
            for (var token = 0; token < Tokens; token++)
            {
                fixed (float* l = &values[token * router.NumExperts], w = weights, biasAt = b)
                fixed (int* e = experts) router.Choose(l, biased ? biasAt : null, e, w);
                plan.Chosen.Integers()[(token * router.NumChosen)..((token + 1) * router.NumChosen)].ShouldBe(experts, $"token {token}");
                plan.Weights.Values()[(token * router.NumChosen)..((token + 1) * router.NumChosen)].Zip(weights).ShouldAllBe(p =>
                    Math.Abs(p.First - p.Second) < 1e-5f * p.Second + 1e-7f);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 0, 4)]
    [InlineData(37, 6, 0, 10)]
    [InlineData(50, 4, 3, 5)]
    public void OrderGatherCombine_AnyChoices_BringEveryTokenBack(int tokens, int chosen, int firstExpert, int numExperts)
    {
        foreach (var device in devices.All)
        {
            const int Width = 24;
            var random = new Random(tokens);
            int[] experts = [.. Enumerable.Range(0, tokens).SelectMany(_ => Enumerable.Range(0, 12).OrderBy(_ => random.Next()).Take(chosen))];
            var type = tokens == 1 ? ElementType.Float32 : ElementType.BFloat16;
            using var plan = new ExpertRows(device, tokens, chosen, firstExpert, numExperts, tokens + 2, experts, random);
            using var hidden = DeviceOperand.Random(device, type, tokens * Width, random);
            using var rows = DeviceOperand.Poisoned(device, type, numExperts * (tokens + 2) * Width);
            using var output = DeviceOperand.Random(device, type, tokens * Width, random);
            var (before, x, weights) = (output.Values(), hidden.Values(), plan.Weights.Values());

            ExpertRouting.Order(device, plan.Plan, tokens);
            ExpertRouting.Gather(device, plan.Plan, hidden.Address, rows.Address, type, tokens, Width);
            ExpertRouting.Combine(device, plan.Plan, rows.Address, output.Address, type, tokens, Width, add: true);

            bool Here(int expert) => expert >= firstExpert && expert < firstExpert + numExperts;
            plan.Counts.Integers().ShouldBe([.. Enumerable.Range(firstExpert, numExperts).Select(e => experts.Count(c => c == e))]);
            plan.RowOf.Integers().ShouldBe([.. experts.Select((e,
                i) => Here(e) ? (e - firstExpert) * (tokens + 2) + experts.Take(i).Count(c => c == e) : -1)]);
            rows.Values().Count(v => !float.IsNaN(v)).ShouldBe(experts.Count(Here) * Width);
            // The experts say what they heard: a token comes back times the weights of those that are here.
            output.ShouldBe([.. before.Select((v, i) => v + (double)x[i] * Enumerable.Range(i / Width * chosen,
                chosen).Sum(c => Here(experts[c]) ? weights[c] : 0.0))], ElementKernelCudaTests.Rounding(type));
        }
    }

    [Fact]
    public void Order_MoreTokensThanCapacity_IsRefused()
    {
        using var plan = new ExpertRows(devices.Simulated, 4, 1, 0, 2, 3);

        Should.Throw<ArgumentException>(() => ExpertRouting.Order(devices.Simulated, plan.Plan, 4)).Message.ShouldContain("capacity");
    }

    /// <summary>A plan's memory.</summary>
    private sealed class ExpertRows : IDisposable
    {
        public ExpertRows(KernelDevice device, int tokens, int chosen, int firstExpert, int numExperts, int capacity, int[]? experts = null,
            Random? random = null)
        {
            Chosen = DeviceOperand.Integers(device, experts ?? new int[tokens * chosen]);
            Weights = random is null ? DeviceOperand.Poisoned(device, ElementType.Float32, tokens * chosen) : DeviceOperand.Random(device,
                ElementType.Float32, tokens * chosen, random);
            Counts = DeviceOperand.Integers(device, new int[numExperts]);
            RowOf = DeviceOperand.Integers(device, new int[tokens * chosen]);
            Plan = new DeviceExpertPlan(chosen, firstExpert, numExperts, capacity, Chosen.Address, Weights.Address, Counts.Address, RowOf.Address);
        }

        public DeviceExpertPlan Plan { get; }

        public DeviceOperand Chosen { get; }

        public DeviceOperand Weights { get; }

        public DeviceOperand Counts { get; }

        public DeviceOperand RowOf { get; }

        public void Dispose()
        {
            foreach (var operand in new[] { Chosen, Weights, Counts, RowOf }) operand.Dispose();
        }
    }
}
