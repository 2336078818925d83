using System.Collections.Immutable;
using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>Renders statements. One rendering has one interpreter; the template itself is never changed.</summary>
internal sealed partial class Interpreter(RenderContext context)
{
    private TextBuilder _output = context.NewText();

    /// <summary>Where the rendering is, for errors.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>What has been rendered.</summary>
    public string Result => _output.ToString();

    /// <summary>What comes after a statement.</summary>
    internal enum Flow
    {
        Next,
        Break,
        Continue,
    }

    public Flow Render(ImmutableArray<Statement> statements, Scope scope)
    {
        context.Budget.Enter();
        var flow = Flow.Next;
        for (var i = 0; i < statements.Length && flow == Flow.Next; i++) flow = Render(statements[i], scope);
        context.Budget.Leave();
        return flow;
    }

    private Flow Render(Statement statement, Scope scope)
    {
        Line = statement.Line;
        context.Budget.Step();
        switch (statement)
        {
            case Text text: _output.Append(text.Value); break;
            case Output output: _output.Append(Evaluate(output.Value, scope)); break;
            case If choice: return RenderIf(choice, scope);
            case For loop: return RenderFor(loop, Evaluate(loop.Iterable, scope), scope, depth: 1);
            case Break: return Flow.Break;
            case Continue: return Flow.Continue;
            case Set set: Assign(set.Target, Evaluate(set.Value, scope), scope); break;
            case SetBlock block: return RenderSetBlock(block, scope);
            case DefineMacro definition: scope.Set(definition.Macro.Name, new MacroFunction(definition.Macro, scope, this)); break;
            case CallBlock block: _output.Append(Call(block.Call, scope, new MacroFunction(block.Caller, scope, this))); break;
            case FilterBlock block: return RenderFilterBlock(block, scope);
            case With with: return RenderWith(with, scope);
            case Enclosed enclosed: return Render(enclosed.Body, scope.Inner());
        }

        return Flow.Next;
    }

    private Flow RenderIf(If choice, Scope scope)
    {
        foreach (var (test, body) in choice.Branches)
            if (Evaluate(test, scope).IsTrue) return Render(body, scope);
        return Render(choice.Otherwise, scope);
    }

    private Flow RenderSetBlock(SetBlock block, Scope scope)
    {
        var (flow, text) = Capture(block.Body, scope.Inner());
        if (flow == Flow.Next) Assign(block.Target, Apply(block.Filters, text, scope), scope);
        return flow;
    }

    private Flow RenderFilterBlock(FilterBlock block, Scope scope)
    {
        var inner = scope.Inner();
        var (flow, text) = Capture(block.Body, inner);
        if (flow == Flow.Next) _output.Append(Apply(block.Filters, text, inner));
        return flow;
    }

    private Flow RenderWith(With with, Scope scope)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in with.Assignments) Assign(target, Evaluate(value, scope), inner);
        return Render(with.Body, inner);
    }

    /// <summary>Renders a body aside, and gives its text.</summary>
    internal (Flow Flow, Value Text) Capture(ImmutableArray<Statement> body, Scope scope)
    {
        var (outer, line) = (_output, Line);
        _output = context.NewText();
        var flow = Render(body, scope);
        var text = new StringValue(_output.ToString());
        (_output, Line) = (outer, line);
        return (flow, text);
    }

    private void Assign(Target target, Value value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Identifier, value);
                break;
            case NamespaceTarget name:
                if (scope.Find(name.Namespace) is not NamespaceValue found) throw new TemplateFault("cannot assign attribute on non-namespace object");
                found.Set(name.Attribute, value);
                break;
            case TupleTarget tuple:
                var items = context.ToArray(value);
                if (items.Length != tuple.Items.Length) throw new TemplateFault($"cannot unpack {items.Length} values into {tuple.Items.Length} names");
                for (var i = 0; i < items.Length; i++) Assign(tuple.Items[i], items[i], scope);
                break;
        }
    }
}
