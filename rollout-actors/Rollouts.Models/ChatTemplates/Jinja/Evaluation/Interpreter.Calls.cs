using System.Collections.Immutable;
using Rollouts.Models.Jinja.Filters;
using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Tests;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

internal sealed partial class Interpreter
{
    private Value Call(Call call, Scope scope, FunctionValue? caller)
    {
        var callee = Evaluate(call.Callee, scope);
        var arguments = EvaluateArguments(call.Arguments, scope);
        if (caller is not null) arguments = arguments with { Keywords = [.. arguments.Keywords, new("caller", caller)] };
        Line = call.Line;
        return callee switch
        {
            FunctionValue function => function.Call(arguments, context),
            UndefinedValue undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"'{callee.TypeName}' object is not callable"),
        };
    }

    private Value Apply(ImmutableArray<FilterCall> filters, Value subject, Scope scope)
    {
        foreach (var filter in filters) subject = Apply(filter, subject, scope);
        return subject;
    }

    private Value Apply(FilterCall filter, Value subject, Scope scope)
    {
        var arguments = EvaluateArguments(filter.Arguments, scope);
        Line = filter.Line;
        return FilterTable.Find(filter.Name).Call(subject, arguments, context);
    }

    private Value EvaluateTest(Tested tested, Scope scope)
    {
        var subject = Evaluate(tested.Subject, scope);
        var arguments = EvaluateArguments(tested.Arguments, scope);
        Line = tested.Line;
        return TestTable.Find(tested.Test).Call(subject, arguments, context);
    }

    private CallArguments EvaluateArguments(ArgumentList list, Scope scope)
    {
        if (ReferenceEquals(list, ArgumentList.Empty)) return CallArguments.None;
        var positional = EvaluateAll(list.Positional, scope);
        List<KeyValuePair<string, Value>> keywords = [.. list.Keywords.Select(k => new KeyValuePair<string, Value>(k.Name, Evaluate(k.Value, scope)))];
        if (list.Rest is { } rest) positional = [.. positional, .. context.ToArray(Evaluate(rest, scope))];
        if (list.Named is { } named) AddNamed(Evaluate(named, scope), keywords);
        return new CallArguments(positional, keywords);
    }

    private static void AddNamed(Value named, List<KeyValuePair<string, Value>> keywords)
    {
        if (named is not DictValue dict) throw new TemplateFault($"argument after ** must be a mapping, not {named.TypeName}");
        foreach (var (key, value) in dict.Entries)
        {
            if (key is not StringValue name) throw new TemplateFault("keywords must be strings");
            if (keywords.Any(k => k.Key == name.Text)) throw new TemplateFault($"got multiple values for keyword argument '{name.Text}'");
            keywords.Add(new(name.Text, value));
        }
    }
}
