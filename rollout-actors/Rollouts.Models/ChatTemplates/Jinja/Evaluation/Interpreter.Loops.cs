using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

internal sealed partial class Interpreter
{
    /// <summary>Renders a loop's body again, over other items, and gives its text: what <c>loop(items)</c> does.</summary>
    internal Value Recurse(For loop, Value iterable, Scope scope, int depth)
    {
        var (outer, line) = (_output, Line);
        _output = context.NewText();
        context.Budget.Enter();
        RenderFor(loop, iterable, scope, depth);
        context.Budget.Leave();
        var text = new StringValue(_output.ToString());
        (_output, Line) = (outer, line);
        return text;
    }

    private Flow RenderFor(For loop, Value iterable, Scope scope, int depth)
    {
        var items = Visited(loop, iterable, scope);
        var state = new LoopValue(items, depth, loop.IsRecursive ? inner => Recurse(loop, inner, scope, depth + 1) : null);
        var reachedEnd = false;
        for (var i = 0; i < items.Length; i++)
        {
            state.Index = i;
            var inner = scope.Inner();
            inner.Set("loop", state);
            Assign(loop.Target, items[i], inner);
            var flow = Render(loop.Body, inner);
            reachedEnd |= flow == Flow.Next;
            if (flow == Flow.Break) break;
        }

        // As Jinja has it, a body that always jumped out counts as none; jumps in the other part belong to the loop around.
        return reachedEnd ? Flow.Next : Render(loop.Otherwise, scope.Inner());
    }

    private Value[] Visited(For loop, Value iterable, Scope scope)
    {
        if (iterable is UndefinedValue) return [];
        var items = context.ToArray(iterable);
        return loop.Filter is null ? items : [.. items.Where(IsWanted)];

        bool IsWanted(Value item)
        {
            var inner = scope.Inner();
            Assign(loop.Target, item, inner);
            return Evaluate(loop.Filter, inner).IsTrue;
        }
    }
}
