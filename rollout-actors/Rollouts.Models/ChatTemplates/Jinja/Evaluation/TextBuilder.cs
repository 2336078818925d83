using System.Text;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>A text under construction, whose every growth is counted first.</summary>
internal sealed class TextBuilder(RenderBudget budget)
{
    private readonly StringBuilder _text = new();

    public int Length => _text.Length;

    public RenderBudget Budget => budget;

    public TextBuilder Append(ReadOnlySpan<char> text)
    {
        Grow(text.Length);
        _text.Append(text);
        return this;
    }

    public TextBuilder Append(char character, int count = 1)
    {
        if (count <= 0) return this;
        Grow(count);
        _text.Append(character, count);
        return this;
    }

    /// <summary>Appends a value as Python's <c>str</c> gives it.</summary>
    public TextBuilder Append(Value value)
    {
        value.Print(this);
        return this;
    }

    public override string ToString() => _text.ToString();

    private void Grow(int count)
    {
        if ((long)_text.Length + count > budget.MaxOutput) throw new TemplateFault($"the template makes a text of more than {budget.MaxOutput} characters");
        budget.Allocate(2L * count);
    }
}
