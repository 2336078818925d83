namespace Rollouts.Data.Tests.Bodies;

/// <summary>The codec's own writer and reader beside the Arrow library's, which are the plain reference.</summary>
public class OwnLayoutTests
{
    private static readonly ArrowRolloutCodec Codec = new();

    [Fact]
    public void Encode_AnyGroup_GivesTheBytesOfTheLibrary()
    {
        var groups = new RandomGroups(seed: 31);

        for (var i = 0; i < 200; i++)
        {
            var (request, answer) = (groups.Request(), groups.Answer());
            Codec.EncodeRequest(request).Span.SequenceEqual(LibraryBodies.Encode(request).Span).ShouldBeTrue();
            Codec.EncodeAnswer(answer).Span.SequenceEqual(LibraryBodies.Encode(answer).Span).ShouldBeTrue();
        }
    }

    [Fact]
    public void TryRead_AnyGroup_IsReadWithoutTheLibraryAndTheSame()
    {
        var groups = new RandomGroups(seed: 32);

        for (var i = 0; i < 200; i++)
        {
            var (request, answer) = (Codec.EncodeRequest(groups.Request()), Codec.EncodeAnswer(groups.Answer()));
            BufferReader.TryReadRequest(request.Span).ShouldNotBeNull().ShouldBeExactly(LibraryBodies.DecodeRequest(request));
            BufferReader.TryReadAnswer(answer.Span).ShouldNotBeNull().ShouldBeExactly(LibraryBodies.DecodeAnswer(answer));
        }
    }

    [Fact]
    public void TryRead_ChangedBytes_NeverSaysOtherThanTheLibrary()
    {
        var (groups, random) = (new RandomGroups(seed: 33), new Random(34));
        var numRead = 0;
        for (var i = 0; i < 2000; i++)
        {
            var body = Codec.EncodeAnswer(groups.Answer()).ToArray();
            for (var changes = 1 + random.Next(3); changes > 0; changes--) body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
            if (BufferReader.TryReadAnswer(body) is not { } answer) continue;
            numRead++;
            answer.ShouldBeExactly(LibraryBodies.DecodeAnswer(body));
        }

        numRead.ShouldBeGreaterThan(100);
    }
}
