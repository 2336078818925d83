using System.Runtime.CompilerServices;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>What a rendering has cost so far, against its limits.</summary>
internal sealed class RenderBudget(TemplateLimits limits)
{
    private long _steps;
    private long _bytes;
    private int _depth;

    public int MaxOutput => limits.MaxOutput;

    /// <summary>Counts work.</summary>
    public void Step(long cost = 1)
    {
        if ((_steps += cost) > limits.MaxSteps) throw new TemplateFault($"the template takes more than {limits.MaxSteps} steps");
    }

    /// <summary>Counts work that is proportional to a text.</summary>
    public void Scan(int characters) => Step(1 + (characters >> 4));

    /// <summary>Counts memory, before it is taken.</summary>
    public void Allocate(long bytes)
    {
        if (bytes > limits.MaxBytes || (_bytes += bytes) > limits.MaxBytes) throw new TemplateFault($"the template makes values of more than {limits.MaxBytes >> 20} MiB");
        Step(bytes >> 6);
    }

    /// <summary>Counts the memory of a list's items, before it is taken.</summary>
    public void AllocateItems(long count) => Allocate(checked(count * 16));

    /// <summary>One level deeper; <see cref="Leave"/> follows, unless the rendering ends by an exception.</summary>
    public void Enter()
    {
        Step();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_depth > limits.MaxDepth) throw new TemplateFault($"the template nests or recurses more than {limits.MaxDepth} deep");
    }

    public void Leave() => _depth--;
}
