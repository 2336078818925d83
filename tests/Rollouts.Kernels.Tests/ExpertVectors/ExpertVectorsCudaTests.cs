namespace Rollouts.Kernels.Tests;

/// <summary>Products of chosen experts' matrices and vectors, against sums in double.</summary>
[Collection(KernelDeviceCollection.Name)]
public sealed class ExpertVectorsCudaTests(KernelDevices devices)
{
    [Theory]
    [InlineData(1, 1, 1, 0, 1, 8, 8, ElementType.Float32)]
    [InlineData(2, 3, 6, 1, 4, 72, 40, ElementType.BFloat16)]
    [InlineData(1, 2, 4, 0, 4, 1288, 24, ElementType.BFloat16)]
    [InlineData(3, 2, 5, 2, 3, 264, 16, ElementType.Float16)]
    public void GateUpAndDown_AnyChoice_AreTheChosenExpertsProducts(int tokens, int chosen, int experts, int first, int here, int width, int inner, ElementType type)
    {
        foreach (var device in devices.All)
        {
            var random = new Random(width);
            int[] choices = [.. Enumerable.Range(0, tokens).SelectMany(_ => Enumerable.Range(0, experts).OrderBy(_ => random.Next()).Take(chosen))];
            using var hidden = DeviceOperand.Random(device, type, tokens * width, random);
            using var gateUp = DeviceOperand.Random(device, type, here * 2 * inner * width, random, 0.2f);
            using var down = DeviceOperand.Random(device, type, here * width * inner, random, 0.2f);
            using var gated = DeviceOperand.Poisoned(device, type, tokens * chosen * inner);
            using var rows = DeviceOperand.Poisoned(device, type, tokens * chosen * width);
            using var chosenThere = DeviceOperand.Integers(device, choices);
            using var rowOf = DeviceOperand.Integers(device, [.. Enumerable.Repeat(7, choices.Length)]);
            var plan = new DeviceExpertPlan(chosen, first, here, 0, chosenThere.Address, 0, 0, rowOf.Address);

            ExpertVectors.GateUp(device, plan, hidden.Address, gateUp.Address, gated.Address, type, tokens, width, inner);
            ExpertVectors.Down(device, plan, gated.Address, down.Address, rows.Address, type, tokens, width, inner);

            bool IsHere(int expert) => expert >= first && expert < first + here;
            rowOf.Integers().ShouldBe([.. choices.Select((e, i) => IsHere(e) ? i : -1)]);
            float[] x = hidden.Values(), w = gateUp.Values(), d = down.Values(), g = gated.Values(), made = rows.Values();
            var tolerance = type == ElementType.Float32 ? 1e-5 : type == ElementType.BFloat16 ? 8e-3 : 1e-3;
            for (var i = 0; i < choices.Length; i++)
            {
                if (!IsHere(choices[i]))
                {
                    g.AsSpan(i * inner, inner).ToArray().ShouldAllBe(v => float.IsNaN(v));
                    continue;
                }

                var expert = choices[i] - first;
                for (var o = 0; o < inner; o++)
                {
                    double gate = Dot(x, i / chosen * width, w, (expert * 2 * inner + o) * width, width), up = Dot(x, i / chosen * width, w, (expert * 2 * inner + inner + o) * width, width);
                    Close(g[i * inner + o], gate / (1 + Math.Exp(-gate)) * up, tolerance);
                }

                for (var o = 0; o < width; o++) Close(made[i * width + o], Dot(g, i * inner, d, (expert * width + o) * inner, inner), tolerance);
            }
        }
    }

    private static double Dot(float[] a, int firstA, float[] b, int firstB, int length) => Enumerable.Range(0, length).Sum(i => (double)a[firstA + i] * b[firstB + i]);

    private static void Close(float value, double expected, double tolerance) => Math.Abs(value - expected).ShouldBeLessThanOrEqualTo(tolerance * Math.Max(1, Math.Abs(expected)));
}
