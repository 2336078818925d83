namespace Rollouts.Recipes;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="File">The recipe's file, or the option that set the value.</param>
/// <param name="Line">From 1; 0 where there is no place.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record RecipeFault(string File, long Line, long Column, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}

/// <summary>A recipe cannot be run. All faults are listed at once.</summary>
public sealed class RecipeException(IReadOnlyList<RecipeFault> faults) : Exception(string.Join('\n', faults))
{
    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<RecipeFault> Faults { get; } = faults;

    /// <summary>A single fault without a place in the file.</summary>
    public RecipeException(string file, string message)
        : this([new RecipeFault(file, 0, 0, message)])
    {
    }
}
