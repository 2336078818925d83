using System.Collections.Immutable;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Globals;
using Rollouts.Models.Jinja.Syntax;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>A Jinja template: parsed once, rendered any number of times, from any thread.</summary>
/// <remarks>The behaviour is that of Jinja2 3.1's sandbox as transformers sets it up for chat templates.</remarks>
internal sealed class Template
{
    private readonly ImmutableArray<Statement> _statements;

    private Template(ImmutableArray<Statement> statements) => _statements = statements;

    /// <exception cref="TemplateException">The source is no template.</exception>
    public static Template Parse(string source)
    {
        try
        {
            return new Template(Parser.Parse(source));
        }
        catch (TemplateFault fault)
        {
            throw new TemplateException(fault.Message, 1, fault);
        }
    }

    /// <param name="variables">Gives the variables, made for this rendering.</param>
    /// <exception cref="TemplateException">The template raised an error, or exceeded a limit.</exception>
    public string Render(Func<RenderBudget, IEnumerable<KeyValuePair<string, Value>>> variables, TemplateLimits limits, TimeProvider time)
    {
        var context = new RenderContext(new RenderBudget(limits), time);
        var interpreter = new Interpreter(context);
        try
        {
            var scope = new Scope(GlobalTable.Scope);
            foreach (var (name, value) in variables(context.Budget)) scope.Set(name, value);
            interpreter.Render(_statements, scope);
            return interpreter.Result;
        }
        catch (TemplateFault fault)
        {
            throw new TemplateException(fault.Message, interpreter.Line, fault);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new TemplateException("values are nested too deeply", interpreter.Line, e);
        }
    }
}
