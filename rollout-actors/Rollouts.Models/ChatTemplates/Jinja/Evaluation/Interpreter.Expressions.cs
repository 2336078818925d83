using System.Collections.Immutable;
using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

internal sealed partial class Interpreter
{
    public Value Evaluate(Expression expression, Scope scope)
    {
        context.Budget.Enter();
        Line = expression.Line;
        var value = expression switch
        {
            Constant constant => constant.Value,
            Name name => scope.Find(name.Identifier) ?? new UndefinedValue($"'{name.Identifier}' is undefined"),
            GetAttribute get => Lookup.Attribute(Evaluate(get.Object, scope), get.Attribute, context),
            GetItem get => Lookup.Item(Evaluate(get.Object, scope), Evaluate(get.Key, scope), context),
            GetSlice get => EvaluateSlice(get, scope),
            Call call => Call(call, scope, caller: null),
            Filtered filtered => Apply(filtered.Filter, Evaluate(filtered.Subject, scope), scope),
            Tested tested => EvaluateTest(tested, scope),
            Conditional conditional => EvaluateConditional(conditional, scope),
            And and => Evaluate(and.Left, scope) is var left && left.IsTrue ? Evaluate(and.Right, scope) : left,
            Or or => Evaluate(or.Left, scope) is var left && left.IsTrue ? left : Evaluate(or.Right, scope),
            Not not => BooleanValue.Of(!Evaluate(not.Operand, scope).IsTrue),
            Sign sign => Arithmetic.Negate(Evaluate(sign.Operand, scope), sign.Negative),
            Binary binary => Arithmetic.Apply(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), context),
            Concatenation concatenation => Concatenate(concatenation.Parts, scope),
            Comparison comparison => EvaluateComparison(comparison, scope),
            ListLiteral list => new ListValue(EvaluateAll(list.Items, scope)),
            TupleLiteral tuple => new TupleValue(EvaluateAll(tuple.Items, scope)),
            _ => EvaluateDict((DictLiteral)expression, scope),
        };
        context.Budget.Leave();
        return value;
    }

    private Value EvaluateConditional(Conditional conditional, Scope scope)
    {
        if (Evaluate(conditional.Test, scope).IsTrue) return Evaluate(conditional.Then, scope);
        return conditional.Otherwise is { } otherwise
            ? Evaluate(otherwise, scope)
            : new UndefinedValue($"the inline if-expression on line {conditional.Line} evaluated to false and no else section was defined.");
    }

    private Value EvaluateSlice(GetSlice slice, Scope scope)
    {
        var target = Evaluate(slice.Object, scope);
        return Slicing.Apply(target, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step), context);

        Value Bound(Expression? bound) => bound is null ? NoneValue.Instance : Evaluate(bound, scope);
    }

    private StringValue Concatenate(ImmutableArray<Expression> parts, Scope scope)
    {
        var text = context.NewText();
        foreach (var part in parts) text.Append(Evaluate(part, scope));
        return new StringValue(text.ToString());
    }

    private BooleanValue EvaluateComparison(Comparison comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (symbol, operand) in comparison.Rest)
        {
            var right = Evaluate(operand, scope);
            if (!Relation.Holds(symbol, left, right, context)) return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }

    private Value[] EvaluateAll(ImmutableArray<Expression> items, Scope scope)
    {
        context.Budget.AllocateItems(items.Length);
        var values = new Value[items.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Evaluate(items[i], scope);
        return values;
    }

    private DictValue EvaluateDict(DictLiteral literal, Scope scope)
    {
        var dict = new DictValue(context.Budget);
        foreach (var (key, value) in literal.Entries) dict.Set(Evaluate(key, scope), Evaluate(value, scope));
        return dict;
    }
}
