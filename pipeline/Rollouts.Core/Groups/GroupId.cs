namespace Rollouts;

/// <summary>The rollouts of one prompt in one pass: the unit of everything durable.</summary>
/// <param name="Purpose">Training or evaluation.</param>
/// <param name="Epoch">Passes over the prompts before this one.</param>
/// <param name="Prompt">The prompt.</param>
public readonly record struct GroupId(Purpose Purpose, int Epoch, PromptId Prompt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Purpose == Purpose.Train ? "train" : "eval")}/{Epoch}/{Prompt}";
}
