using System.Collections.Immutable;

namespace Rollouts.Engine.Tests;

/// <summary>What cannot be run is answered at the door, with the parameter and what it must be.</summary>
public class RequestCheckTests
{
    private const int Vocabulary = 100;

    private static readonly RequestCheck Check = new(64, Vocabulary, [99]);
    private static readonly SamplingParams Sampling = new() { MaxTokens = 8 };

    public static TheoryData<SamplingParams, string> BadSampling => new()
    {
        { Sampling with { Temperature = float.NaN }, "sampling.temperature is NaN; it must lie between 0 and 100" },
        { Sampling with { TopP = 0 }, "sampling.top_p is 0; it must lie between 1E-06 and 1" },
        { Sampling with { MinP = 1.5f }, "sampling.min_p is 1.5; it must lie between 0 and 1" },
        { Sampling with { PresencePenalty = float.PositiveInfinity }, "sampling.presence_penalty" },
        { Sampling with { MinTokens = 9 }, "sampling.min_tokens is 9, more than max_tokens (8)" },
        { Sampling with { Stop = ["a", ""] }, "sampling.stop has an empty text" },
        { Sampling with { StopTokenIds = [3, 100] }, "sampling.stop_token_ids has the token 100; this model's tokens are 0 to 99" },
        { Sampling with { BadTokenIds = [-1] }, "sampling.bad_token_ids has the token -1" },
        { Sampling with { LogitBias = [new LogitBias(100, 1)] }, "sampling.logit_bias has the token 100" },
        { Sampling with { LogitBias = [new LogitBias(1, float.NaN)] }, "sampling.logit_bias has NaN for the token 1; it must lie between -100 and 100" },
        { Sampling with { LogitBias = [new LogitBias(1, 1), new LogitBias(1, 2)] }, "sampling.logit_bias has the token 1 twice" },
        { Sampling with { LogProbs = new LogProbDetail(101) }, "sampling.logprobs is 101; this model has 100 tokens" },
        { Sampling with { LogProbs = new LogProbDetail(5000) }, "sampling.logprobs is 5000; it must be none, sampled or 1 to 1024" },
        { Sampling with { BadTokenIds = [.. Enumerable.Range(0, 100)] }, "sampling.bad_token_ids leaves no token to draw: 100 of 100 are barred" },
        { Sampling with { BadTokenIds = [.. Enumerable.Range(0, 99)], MinTokens = 1 }, "those that end a completion among them (min_tokens)" },
    };

    [Theory]
    [MemberData(nameof(BadSampling))]
    public void Refuse_SamplingThatCannotBe_SaysWhichAndWhy(SamplingParams sampling, string expected)
    {
        var refused = Check.Refuse(Request([1, 2], sampling))!;

        refused.Failure!.Kind.ShouldBe(FailureKind.Data);
        refused.Failure.Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData(new int[0], "no tokens")]
    [InlineData(new[] { 1, 100 }, "the prompt has the token 100; this model's tokens are 0 to 99")]
    [InlineData(new[] { -5 }, "token -5")]
    public void Refuse_PromptThatCannotBe_SaysWhy(int[] prompt, string expected) => Check.Refuse(Request([.. prompt], Sampling))!.Failure!.Message.ShouldContain(expected);

    [Fact]
    public void Refuse_ContinuationDrawnWithOtherLogProbs_SaysSo()
    {
        var part = new Completion([1, 2], [-1, -2], [default, default], "", FinishReason.Aborted, null, default);

        Check.Refuse(Request([1], Sampling) with { SoFar = part }).ShouldBeNull();
        Check.Refuse(Request([1], Sampling with { LogProbs = new LogProbDetail(3) }) with { SoFar = part })!.Failure!.Message.ShouldContain("not 2 x 3");
        Check.Refuse(Request([1], Sampling) with { SoFar = part with { LogProbs = [] } })!.Failure!.Message.ShouldContain("2 tokens and 0 log-probabilities");
        Check.Refuse(Request([1], Sampling) with { SoFar = part with { TokenIds = [1, 200] } })!.Failure!.Message.ShouldContain("token 200");
    }

    [Fact]
    public void Refuse_ContinuationOfAWholeCompletion_IsThatCompletion()
    {
        var whole = new Completion([1, 2], [-1, -2], [default, default], "xy", FinishReason.Aborted, null, default);

        var answer = Check.Refuse(Request([1], Sampling with { MaxTokens = 2 }) with { SoFar = whole })!;

        (answer.Text, answer.Finish, answer.TokenIds.Length).ShouldBe(("xy", FinishReason.Length, 2));
    }

    [Fact]
    public void Refuse_ScoredPrompt_TakesTheWholeContextAndNoSampling()
    {
        Check.Refuse(Request([.. Enumerable.Range(0, 64)], Sampling with { MinTokens = 9 }) with { Score = true }).ShouldBeNull();
        Check.Refuse(Request([.. Enumerable.Range(0, 65)], Sampling) with { Score = true })!.Failure!.Message.ShouldContain("65 tokens");
    }

    private static GenerationRequest Request(ImmutableArray<int> prompt, SamplingParams sampling) => new(new RolloutId(new GroupId(Purpose.Train, 0, new PromptId("p")), 0), prompt, sampling);
}
