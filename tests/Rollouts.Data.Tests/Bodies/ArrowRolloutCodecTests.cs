using Rollouts.TestSupport;

namespace Rollouts.Data.Tests.Bodies;

public class ArrowRolloutCodecTests
{
    private static readonly ArrowRolloutCodec Codec = new();
    private static readonly GroupId Group = new(Purpose.Train, 0, new PromptId("p"));
    private static readonly Completion Sound = Groups.Completion("4", 1, 2, 3);

    [Fact]
    public void Request_ThereAndBack_IsTheSameToTheLastBit()
    {
        var groups = new RandomGroups(seed: 11);

        for (var i = 0; i < 200; i++)
        {
            var request = groups.Request();
            Codec.DecodeRequest(Codec.EncodeRequest(request)).ShouldBeExactly(request);
        }
    }

    [Fact]
    public void Answer_ThereAndBack_IsTheSameToTheLastBit()
    {
        var groups = new RandomGroups(seed: 12);

        for (var i = 0; i < 200; i++)
        {
            var answer = groups.Answer();
            Codec.DecodeAnswer(Codec.EncodeAnswer(answer)).ShouldBeExactly(answer);
        }
    }

    [Fact]
    public void Encode_SameGroup_GivesTheSameBytes()
    {
        var answer = new RandomGroups(seed: 13).Answer();

        Codec.EncodeAnswer(answer).ToArray().ShouldBe(Codec.EncodeAnswer(answer).ToArray());
    }

    [Fact]
    public void Decode_TheOtherKind_IsRefusedByName()
    {
        var request = Codec.EncodeRequest(new RolloutRequest(Group, 0, [1], SamplingParams.Greedy));

        Should.Throw<BodyFormatException>(() => Codec.DecodeAnswer(request)).Message.ShouldContain("rollouts.body = work");
    }

    [Fact]
    public void Decode_EveryPrefix_IsRefused()
    {
        var body = Codec.EncodeAnswer(Answer(Sound));

        for (var length = 0; length < body.Length; length++) Should.Throw<BodyFormatException>(() => Codec.DecodeAnswer(body[..length]));
    }

    [Fact]
    public void EncodeAndDecode_BodiesOverTheLimit_AreRefused()
    {
        var body = Codec.EncodeAnswer(Answer(Sound));
        var small = new ArrowRolloutCodec(body.Length - 1);

        Should.Throw<BodyFormatException>(() => small.EncodeAnswer(Answer(Sound)));
        Should.Throw<BodyFormatException>(() => small.DecodeAnswer(body)).Message.ShouldContain($"{body.Length - 1}");
    }

    public static TheoryData<string, Completion> AtOdds => new()
    {
        { "2 versions", Sound with { Versions = Sound.Versions[..2] } },
        { "2 log-probabilities", Sound with { LogProbs = Sound.LogProbs[..2] } },
        { "likeliest", Sound with { Top = new TopLogProbs(2, [1, 2, 3], [0, 0, 0]) } },
        { "likeliest", Sound with { Top = new TopLogProbs(1, [1, 2, 3], [0, 0]) } },
        { "top_k", Sound with { Top = new TopLogProbs(-1, [], []) } },
        { "has no failure", Sound with { Finish = FinishReason.Failed } },
        { "has a failure", Sound with { Failure = new RolloutFailure(FailureKind.Data, "read", "no") } },
    };

    [Theory]
    [MemberData(nameof(AtOdds))]
    public void Encode_PartsAtOdds_IsRefused(string reason, Completion completion) =>
        Should.Throw<BodyFormatException>(() => Codec.EncodeAnswer(Answer(Sound, completion))).Message.ShouldContain(reason);

    [Fact]
    public void Encode_RequestsAtOdds_AreRefused()
    {
        var request = new RolloutRequest(Group, 0, [1, 2, 3], new SamplingParams { N = 2 });

        Refuses(request with { PromptTokenIds = [] }, "no tokens");
        Refuses(request with { SoFar = [Sound] }, "of 2");
        Refuses(request with { SoFar = [Sound with { PromptLogProbs = [0] }, null] }, "3 tokens has 1");
        Refuses(request with { Sampling = request.Sampling with { TopP = float.NaN } }, "top_p");
        Refuses(request with { Attempt = -1 }, "attempt -1");
    }

    private static void Refuses(RolloutRequest request, string reason) => Should.Throw<BodyFormatException>(() => Codec.EncodeRequest(request)).Message.ShouldContain(reason);

    private static RolloutAnswer Answer(params Completion[] completions) => new(Group, 1, new RolloutResult(new ActorId("a"), DateTimeOffset.UnixEpoch, [.. completions]));
}
