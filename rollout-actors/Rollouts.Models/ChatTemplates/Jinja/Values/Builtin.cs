using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>What a function, method, filter or test of the language does.</summary>
/// <param name="subject">What a method is called on, what a filter or test is applied to; None for functions.</param>
internal delegate Value BuiltinBody(Value subject, BoundArguments arguments, RenderContext context);

/// <summary>A function, method, filter or test of the language.</summary>
/// <param name="name">For messages.</param>
/// <param name="parameters">Their names with spaces between them; <c>name?</c> may be left out, <c>*</c> takes further positional and <c>**</c> further named arguments.</param>
internal sealed class Builtin(string name, string parameters, BuiltinBody body)
{
    public string Name => name;

    private readonly string[] _names = [.. parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(p => p[0] != '*').Select(p => p.TrimEnd('?'))];
    private readonly int _numRequired = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Count(p => p[0] != '*' && !p.EndsWith('?'));
    private readonly bool _takesRest = parameters.Split(' ').Contains("*");
    private readonly bool _takesNamed = parameters.Split(' ').Contains("**");

    /// <exception cref="TemplateFault">The arguments do not fit.</exception>
    public Value Call(Value subject, CallArguments arguments, RenderContext context)
    {
        Count(subject, context);
        foreach (var argument in arguments.Positional) Count(argument, context);
        foreach (var (_, argument) in arguments.Keywords) Count(argument, context);
        var result = body(subject, Bind(arguments), context);
        if (result is StringValue made && !ReferenceEquals(made, subject)) context.Budget.Allocate(2L * made.Text.Length);
        return result;
    }

    // What is done with texts takes time in proportion to them.
    private static void Count(Value value, RenderContext context) => context.Budget.Scan(value is StringValue text ? text.Text.Length : 0);

    private BoundArguments Bind(CallArguments arguments)
    {
        var values = new Value?[_names.Length];
        var numPositional = arguments.Positional.Count;
        if (numPositional > _names.Length && !_takesRest) throw new TemplateFault($"{name}() takes at most {_names.Length} arguments ({numPositional} given)");
        for (var i = 0; i < Math.Min(numPositional, _names.Length); i++) values[i] = arguments.Positional[i];
        List<KeyValuePair<string, Value>> named = [];
        foreach (var keyword in arguments.Keywords) Place(keyword, values, named);
        for (var i = 0; i < _numRequired; i++)
            if (values[i] is null) throw new TemplateFault($"{name}() is missing the argument '{_names[i]}'");
        return new BoundArguments(name, _names, values, [.. arguments.Positional.Skip(_names.Length)], named);
    }

    private void Place(KeyValuePair<string, Value> keyword, Value?[] values, List<KeyValuePair<string, Value>> named)
    {
        var at = Array.IndexOf(_names, keyword.Key);
        if (at >= 0 && values[at] is not null) throw new TemplateFault($"{name}() got multiple values for argument '{keyword.Key}'");
        if (at >= 0) values[at] = keyword.Value;
        else if (_takesNamed) named.Add(keyword);
        else throw new TemplateFault($"{name}() got an unexpected keyword argument '{keyword.Key}'");
    }
}
