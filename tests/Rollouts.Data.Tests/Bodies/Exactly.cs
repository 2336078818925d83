using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rollouts.Data.Tests.Bodies;

/// <summary>Equality to the last bit: two NaNs are the same only where their bits are.</summary>
internal static class Exactly
{
    public static void ShouldBeExactly(this RolloutRequest actual, RolloutRequest expected)
    {
        (actual.Group, actual.Attempt).ShouldBe((expected.Group, expected.Attempt));
        actual.PromptTokenIds.ShouldBe(expected.PromptTokenIds);
        Same(actual.Sampling, expected.Sampling);
        actual.SoFar.Length.ShouldBe(expected.SoFar.Length);
        for (var i = 0; i < expected.SoFar.Length; i++) Same(actual.SoFar[i], expected.SoFar[i]);
    }

    public static void ShouldBeExactly(this RolloutAnswer actual, RolloutAnswer expected)
    {
        (actual.Group, actual.Attempt, actual.Result.Actor, actual.Result.StartedAt).ShouldBe((expected.Group, expected.Attempt, expected.Result.Actor, expected.Result.StartedAt));
        actual.Result.Completions.Length.ShouldBe(expected.Result.Completions.Length);
        for (var i = 0; i < expected.Result.Completions.Length; i++) Same(actual.Result.Completions[i], expected.Result.Completions[i]);
    }

    private static void Same(SamplingParams actual, SamplingParams expected)
    {
        foreach (var property in typeof(SamplingParams).GetProperties().Where(p => p.GetMethod is { IsStatic: false }))
        {
            var (a, e) = (property.GetValue(actual), property.GetValue(expected));
            if (a is float found) BitConverter.SingleToInt32Bits(found).ShouldBe(BitConverter.SingleToInt32Bits((float)e!), property.Name);
            else a.ShouldBe(e, property.Name);
        }
    }

    private static void Same(Completion? actual, Completion? expected)
    {
        (actual is null).ShouldBe(expected is null);
        if (actual is null || expected is null) return;
        actual.TokenIds.ShouldBe(expected.TokenIds);
        actual.Versions.ShouldBe(expected.Versions);
        Bits(actual.LogProbs).ShouldBe(Bits(expected.LogProbs));
        Bits(actual.PromptLogProbs).ShouldBe(Bits(expected.PromptLogProbs));
        Bits(actual.Top.LogProbs).ShouldBe(Bits(expected.Top.LogProbs));
        Bits([actual.Timing.QueueMs, actual.Timing.PrefillMs, actual.Timing.DecodeMs]).ShouldBe(Bits([expected.Timing.QueueMs, expected.Timing.PrefillMs, expected.Timing.DecodeMs]));
        (actual.Top.K, actual.Text, actual.Finish, actual.StopReason, actual.NumPreempted, actual.Failure)
            .ShouldBe((expected.Top.K, expected.Text, expected.Finish, expected.StopReason, expected.NumPreempted, expected.Failure));
        actual.Top.TokenIds.ShouldBe(expected.Top.TokenIds);
        actual.RoutedExperts.ShouldBe(expected.RoutedExperts);
    }

    private static int[] Bits(ImmutableArray<float> values) => MemoryMarshal.Cast<float, int>(values.AsSpan()).ToArray();
}
