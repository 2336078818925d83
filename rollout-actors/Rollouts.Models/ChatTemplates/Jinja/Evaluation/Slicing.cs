using System.Numerics;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Evaluation;

/// <summary>Python's <c>[start:stop:step]</c> of texts and lists.</summary>
internal static class Slicing
{
    public static Value Apply(Value target, Value start, Value stop, Value step, RenderContext context)
    {
        if (target is UndefinedValue undefined) throw undefined.Fault();
        if (target is not (StringValue or SequenceValue or RangeValue)) throw new TemplateFault($"'{target.TypeName}' object is not subscriptable");
        if (!IsBound(start) || !IsBound(stop) || !IsBound(step)) throw new TemplateFault("slice indices must be integers or None");
        var width = Arithmetic.ToInteger(step) ?? 1;
        if (width.IsZero) throw new TemplateFault("slice step cannot be zero");
        var length = target.Length!.Value;
        var (first, count) = Range(length, Arithmetic.ToInteger(start), Arithmetic.ToInteger(stop), width);
        if (target is StringValue text)
        {
            context.Budget.Scan(text.Text.Length);
            context.Budget.Allocate(4L * count);
            return new StringValue(count == 0 ? "" : CodePoints.Slice(text.Text, first, count, width));
        }

        if (target is RangeValue range) return range.Slice(first, (int)BigInteger.Clamp(width, -length, length), count);
        context.Budget.AllocateItems(count);
        var sequence = (SequenceValue)target;
        return sequence.With(count == 0 ? [] : [.. Enumerable.Range(0, count).Select(i => sequence.Items[(int)(first + width * i)])]);
    }

    private static bool IsBound(Value bound) => bound is NoneValue || Arithmetic.ToInteger(bound) is not null;

    /// <summary>The first position and the number of items.</summary>
    private static (int First, int Count) Range(int length, BigInteger? start, BigInteger? stop, BigInteger step)
    {
        var (low, high) = step.Sign > 0 ? (0, length) : (-1, length - 1);
        var from = start is { } a ? Clamp(a) : step.Sign > 0 ? low : high;
        var to = stop is { } b ? Clamp(b) : step.Sign > 0 ? high : low;
        var distance = step.Sign > 0 ? to - from : from - to;
        return distance <= 0 ? (0, 0) : ((int)from, (int)((distance + BigInteger.Abs(step) - 1) / BigInteger.Abs(step)));

        BigInteger Clamp(BigInteger bound) => BigInteger.Clamp(bound.Sign < 0 ? bound + length : bound, low, high);
    }
}
