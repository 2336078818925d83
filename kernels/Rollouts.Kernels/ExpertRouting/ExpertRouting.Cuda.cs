using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Where a step's tokens go among the experts that are here, in device memory; <see cref="ExpertPlan"/> is the CPU's.</summary>
/// <param name="NumChosen">Experts of a token.</param>
/// <param name="FirstExpert">The first expert that is here.</param>
/// <param name="NumExperts">Experts that are here, up to <see cref="ExpertRouting.MaxLocalExperts"/>.</param>
/// <param name="Capacity">Rows that every expert has, so that one batched product covers all without the host knowing a count; at least the step's
/// tokens.</param>
/// <param name="Chosen">int [tokens, chosen]: a token's experts, over all ranks.</param>
/// <param name="Weights">float [tokens, chosen]</param>
/// <param name="Counts">int [experts]: rows in use.</param>
/// <param name="RowOf">int [tokens, chosen]: expert * capacity + place; -1 where the expert is not here.</param>
public readonly record struct DeviceExpertPlan(int NumChosen, int FirstExpert, int NumExperts, int Capacity, nint Chosen, nint Weights,
    nint Counts, nint RowOf);

/// <summary>Routing of tokens to experts on a kernel device, with nothing decided by the host.</summary>
public static partial class ExpertRouting
{
    /// <summary>Experts of a rank at most.</summary>
    public const int MaxLocalExperts = 512;

    private const int RowThreads = 256;
    private const int Step = 8;

    private static readonly Kernel<RouterArguments> ChooseKernel = new("experts choose", Choose, 32, 8);
    private static readonly Kernel<PlanArguments> OrderKernel = new("experts order", Order, OrderThreads, 1);

    private static readonly KernelFamily<ExpertRowArguments> GatherFamily = new(
        new Kernel<ExpertRowArguments>("experts gather float32", Gather<DeviceFloat32>, RowThreads, 4),
        new Kernel<ExpertRowArguments>("experts gather bf16", Gather<DeviceBFloat16>, RowThreads, 4),
        new Kernel<ExpertRowArguments>("experts gather fp16", Gather<DeviceFloat16>, RowThreads, 4));

    private static readonly KernelFamily<ExpertRowArguments> CombineFamily = new(
        new Kernel<ExpertRowArguments>("experts combine float32", Combine<DeviceFloat32>, RowThreads, 4),
        new Kernel<ExpertRowArguments>("experts combine bf16", Combine<DeviceBFloat16>, RowThreads, 4),
        new Kernel<ExpertRowArguments>("experts combine fp16", Combine<DeviceFloat16>, RowThreads, 4));

    internal static IEnumerable<Kernel> Kernels => [ChooseKernel, OrderKernel, .. GatherFamily.All, .. CombineFamily.All];

    /// <summary>Chooses every token's experts and weighs them, as <see cref="ExpertRouter"/> says.</summary>
    /// <param name="logits">float [tokens, experts]</param>
    /// <param name="bias">float [experts], seen by the choice alone; 0 where there is none.</param>
    public static void Choose(KernelDevice device, in ExpertRouter router, in DeviceExpertPlan plan, nint logits, nint bias, int tokens)
    {
        if (router.NumExperts > ExpertRouter.MaxExperts || router.NumChosen > WarpSize)
            throw new ArgumentException($"{router.NumChosen} of {router.NumExperts} experts: at most {WarpSize} of {ExpertRouter.MaxExperts}");
        device.Launch(ChooseKernel, new Index3D(tokens, 1, 1), 32, new RouterArguments
        {
            Logits = logits, Bias = bias, Chosen = plan.Chosen, Weights = plan.Weights, NumExperts = router.NumExperts,
            NumChosen = router.NumChosen, Sigmoid = router.Score == ExpertScore.Sigmoid ? 1 : 0,
            NumGroups = router.NumGroups, NumChosenGroups = router.NumChosenGroups, Normalise = router.Normalise ? 1 : 0, Scale = router.Scale,
        });
    }

    /// <summary>Gives every choice its row. Tokens keep their order within an expert.</summary>
    public static void Order(KernelDevice device, in DeviceExpertPlan plan, int tokens)
    {
        if (plan.NumExperts > MaxLocalExperts) throw new ArgumentException($"{plan.NumExperts} experts on one rank: at most {MaxLocalExperts}");
        if (plan.Capacity < tokens) throw new ArgumentException($"{tokens} tokens do not fit the capacity of {plan.Capacity} rows an expert");
        device.Launch(OrderKernel, new Index3D(1, 1, 1), Math.Min(OrderThreads, (tokens * plan.NumChosen + 31) / 32 * 32), new PlanArguments
        {
            Chosen = plan.Chosen, Counts = plan.Counts, RowOf = plan.RowOf, Choices = tokens * plan.NumChosen,
            FirstExpert = plan.FirstExpert, NumExperts = plan.NumExperts, Capacity = plan.Capacity,
        });
    }

    /// <summary>Copies tokens to the rows of their experts. Rows that are not in use are left as they are: a row of a product depends on its own
    /// row alone.</summary>
    /// <param name="hidden">[tokens, width] of <paramref name="type"/>.</param>
    /// <param name="rows">[experts, capacity, width] of <paramref name="type"/>.</param>
    /// <param name="width">A multiple of 8.</param>
    public static void Gather(KernelDevice device, in DeviceExpertPlan plan, nint hidden, nint rows, ElementType type, int tokens, int width) =>
        device.Launch(GatherFamily.For(type), new Index3D(tokens, 1, 1), Threads(width),
            new ExpertRowArguments { From = hidden, To = rows, Map = plan.RowOf, Width = width, NumChosen = plan.NumChosen });

    /// <summary>Sums what a token's experts say, weighted, in the order in which they were chosen.</summary>
    /// <param name="rows">[experts, capacity, width] of <paramref name="type"/>.</param>
    /// <param name="output">[tokens, width] of <paramref name="type"/>.</param>
    /// <param name="add">Whether the output's own content stays in the sum: what shared experts said.</param>
    /// <param name="width">A multiple of 8.</param>
    public static void Combine(KernelDevice device, in DeviceExpertPlan plan, nint rows, nint output, ElementType type, int tokens,
        int width, bool add) =>
        device.Launch(CombineFamily.For(type), new Index3D(tokens, 1, 1), Threads(width), new ExpertRowArguments
        {
            From = rows, To = output, Map = plan.RowOf, Weights = plan.Weights, Width = width, NumChosen = plan.NumChosen, Add = add ? 1 : 0,
        });

    private static int Threads(int width) =>
        width % Step == 0 ? Math.Min(RowThreads,
            (width / Step + 31) / 32 * 32) : throw new ArgumentException($"width {width}: row kernels take multiples of {Step}");

    internal static void Gather<TElement>(ExpertRowArguments a)
        where TElement : struct, IDeviceElement
    {
        long choices = a.Map + (long)Grid.IdxX * a.NumChosen * 4;
        for (int i = Group.IdxX * Step; i < a.Width; i += Group.DimX * Step)
        {
            var x = TElement.Read8(a.From + ((long)Grid.IdxX * a.Width + i) * TElement.Bytes);
            for (int k = 0; k < a.NumChosen; k++)
            {
                int row = Global.ReadInt(choices + k * 4);
                if (row >= 0) TElement.Store8(a.To + ((long)row * a.Width + i) * TElement.Bytes, x);
            }
        }
    }

    internal static void Combine<TElement>(ExpertRowArguments a)
        where TElement : struct, IDeviceElement
    {
        long output = a.To + (long)Grid.IdxX * a.Width * TElement.Bytes, choices = (long)Grid.IdxX * a.NumChosen * 4;
        for (int i = Group.IdxX * Step; i < a.Width; i += Group.DimX * Step)
        {
            var sum = a.Add != 0 ? TElement.Load8(output + i * TElement.Bytes) : default;
            for (int k = 0; k < a.NumChosen; k++)
            {
                int row = Global.ReadInt(a.Map + choices + k * 4);
                if (row >= 0) sum += TElement.Read8(a.From + ((long)row * a.Width + i) * TElement.Bytes) * Global.ReadFloat(a.Weights + choices + k * 4);
            }

            TElement.Store8(output + i * TElement.Bytes, sum);
        }
    }
}

internal struct RouterArguments
{
    public long Logits, Bias, Chosen, Weights;
    public int NumExperts, NumChosen, Sigmoid, NumGroups, NumChosenGroups, Normalise;
    public float Scale;
}

internal struct PlanArguments
{
    public long Chosen, Counts, RowOf;
    public int Choices, FirstExpert, NumExperts, Capacity;
}

internal struct ExpertRowArguments
{
    public long From, To, Map, Weights;
    public int Width, NumChosen, Add;
}
