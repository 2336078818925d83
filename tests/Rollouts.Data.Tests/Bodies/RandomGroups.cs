using System.Collections.Immutable;

namespace Rollouts.Data.Tests.Bodies;

/// <summary>Seeded groups with everything that a body may hold: odd sizes, absent values, every float, every kind of text.</summary>
internal sealed class RandomGroups(int seed)
{
    private static readonly string[] Texts = ["", "4", "zwölf", "数学\u0000\r\n", "👩‍👩‍👧 e\u0301 \u202Eabc", "\uFFFD\uFFFE\u2028", "\"quoted\" \\ 'text' {}", new string('x', 300)];

    private readonly Random _random = new(seed);

    public RolloutRequest Request()
    {
        var sampling = Sampling();
        var prompt = Ints(1 + _random.Next(40));
        return new RolloutRequest(Group(), _random.Next(3), prompt, sampling)
        {
            SoFar = Chance(3) ? [.. Enumerable.Range(0, sampling.N).Select(_ => Chance(3) ? null : Completion(prompt.Length))] : [],
        };
    }

    public RolloutAnswer Answer()
    {
        var startedAt = Chance(5) ? default : DateTimeOffset.UnixEpoch.AddTicks(_random.NextInt64(-1L << 56, 1L << 56));
        var prompt = 1 + _random.Next(40);
        return new RolloutAnswer(Group(), _random.Next(3), new RolloutResult(new ActorId(Chance(5) ? "" : "pool-1_a"), startedAt, [.. Enumerable.Range(0, 1 + _random.Next(9)).Select(_ => Completion(prompt))]));
    }

    private GroupId Group() => new((Purpose)_random.Next(2), _random.Next(5), new PromptId(Text()));

    private SamplingParams Sampling() => new()
    {
        N = 1 + _random.Next(9),
        Temperature = _random.NextSingle() * 2,
        TopP = 1 - _random.NextSingle() / 2,
        TopK = _random.Next(3) * 50,
        MinP = _random.NextSingle(),
        RepetitionPenalty = 1 + _random.NextSingle(),
        PresencePenalty = -0f,
        FrequencyPenalty = float.Epsilon,
        MaxTokens = 100 + _random.Next(1 << 20),
        MinTokens = _random.Next(100),
        Stop = Chance(2) ? [] : [.. Texts.Where(t => t != "")],
        StopTokenIds = Ints(_random.Next(3)),
        IncludeStop = Chance(2),
        IgnoreEos = Chance(2),
        Seed = _random.NextInt64(long.MinValue, long.MaxValue),
        BadTokenIds = Ints(_random.Next(3)),
        LogitBias = Chance(2) ? [] : [new LogitBias(7, -100), new LogitBias(3, 0.1f)],
        LogProbs = _random.Next(3) switch { 0 => LogProbDetail.None, 1 => LogProbDetail.Sampled, _ => new LogProbDetail(1 + _random.Next(1024)) },
        LogProbMode = (LogProbMode)_random.Next(2),
        PromptLogProbs = Chance(2),
    };

    private Completion Completion(int promptTokens)
    {
        if (Chance(6)) return Rollouts.Completion.Failed(new RolloutFailure((FailureKind)_random.Next(4), "generate", Text(), Chance(2) ? null : Text()));
        var (tokens, k) = (_random.Next(4) switch { 0 => 0, 1 => 1, 2 => 65, _ => _random.Next(300) }, Chance(2) ? 0 : 1 + _random.Next(5));
        var timing = new CompletionTiming(Float(), Float(), Float());
        var versions = ImmutableArray.CreateRange(Enumerable.Range(0, tokens).Select(_ => new PolicyVersion(_random.Next())));
        return new Completion(Ints(tokens), Chance(3) ? [] : Floats(tokens), versions, Text(), (FinishReason)_random.Next(3), Chance(2) ? null : Text(), timing, _random.Next(3))
        {
            PromptLogProbs = Chance(2) ? [] : Floats(promptTokens - 1),
            Top = new TopLogProbs(k, Ints(tokens * k), Floats(tokens * k)),
            RoutedExperts = Chance(2) ? [] : [.. Bytes(_random.Next(500))],
        };
    }

    private ImmutableArray<int> Ints(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next())];

    private ImmutableArray<float> Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => Float())];

    /// <summary>Any bits: every NaN, both infinities and zeros, subnormals.</summary>
    private float Float() => _random.Next(8) switch
    {
        0 => float.NegativeInfinity,
        1 => float.NaN,
        2 => -0f,
        3 => BitConverter.Int32BitsToSingle(_random.Next()),
        4 => BitConverter.Int32BitsToSingle(unchecked((int)0xFFC00001)),
        _ => -_random.NextSingle() * 20,
    };

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private string Text() => Texts[_random.Next(Texts.Length)] + (Chance(2) ? "" : Texts[_random.Next(Texts.Length)]);

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;
}
