namespace Rollouts.Kernels.Tests;

/// <summary>Every (token, expert) pair that is here has one row, in its expert's part; combining sums a token's rows by their weights.</summary>
public unsafe class ExpertPlanTests
{
    [Theory]
    [MemberData(nameof(ElementKernelTests.Paths), MemberType = typeof(ElementKernelTests))]
    public void OrderAndCombine_RandomChoices_VisitEveryPairOnce(ElementType type, bool wide)
    {
        var random = new Random(9);
        for (var trial = 0; trial < 30; trial++)
        {
            var (tokens, experts, width) = (1 + random.Next(20), 2 + random.Next(9), 1 + random.Next(70));
            var (chosen, first) = (1 + random.Next(Math.Min(4, experts)), random.Next(2));
            var here = 1 + random.Next(experts - first);
            using var plan = new ExpertPlan(tokens, chosen, first, here);
            for (var t = 0; t < tokens; t++)
                foreach (var (k, expert) in Enumerable.Range(0, experts).OrderBy(_ => random.Next()).Take(chosen).Index()) (plan.Chosen(t)[k], plan.Weights(t)[k]) = (expert, random.NextSingle());

            plan.Order(tokens);

            plan.NumRows.ShouldBeLessThanOrEqualTo(plan.MaxRows);
            for (var t = 0; t < tokens; t++)
                for (var k = 0; k < chosen; k++)
                {
                    var expert = plan.Chosen(t)[k] - first;
                    if (expert < 0 || expert >= here)
                    {
                        plan.RowOf(t, k).ShouldBe(-1);
                        continue;
                    }

                    plan.TokenOf(plan.RowOf(t, k)).ShouldBe(t);
                    (plan.RowOf(t, k) - plan.FirstRow(expert)).ShouldBeInRange(0, plan.Count(expert) - 1);
                    (plan.FirstRow(expert) % ExpertPlan.RowMultiple).ShouldBe(0);
                }

            CombineShouldBeTheWeightedSum(plan, tokens, width, type, wide, random);
        }
    }

    private static void CombineShouldBeTheWeightedSum(ExpertPlan plan, int tokens, int width, ElementType type, bool wide, Random random)
    {
        using var rows = Operand.Random(type, Math.Max(1, plan.NumRows) * width, random);
        using var output = Operand.Random(type, width, random);
        var (values, before, token, add) = (rows.Values(), output.Values(), random.Next(tokens), random.Next(2) == 0);

        if (type == ElementType.Float32 && wide) ExpertCombine.Run<Float32, Lanes512>(plan, token, (Float32*)rows.Address, (Float32*)output.Address, width, add);
        else if (type == ElementType.Float32) ExpertCombine.Run<Float32, Lanes256>(plan, token, (Float32*)rows.Address, (Float32*)output.Address, width, add);
        else if (wide) ExpertCombine.Run<BFloat16, Lanes512>(plan, token, (BFloat16*)rows.Address, (BFloat16*)output.Address, width, add);
        else ExpertCombine.Run<BFloat16, Lanes256>(plan, token, (BFloat16*)rows.Address, (BFloat16*)output.Address, width, add);

        double Sum(int i) => (add ? before[i] : 0) + Enumerable.Range(0, plan.NumChosen).Where(k => plan.RowOf(token, k) >= 0).Sum(k => (double)plan.Weights(token)[k] * values[plan.RowOf(token, k) * width + i]);
        output.ShouldBe([.. Enumerable.Range(0, width).Select(Sum)]);
    }
}
