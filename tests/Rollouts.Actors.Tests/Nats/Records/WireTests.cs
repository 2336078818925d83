using System.Text;
using Rollouts.Actors.Nats;

namespace Rollouts.Actors.Tests.Nats.Records;

public class WireTests
{
    private static readonly ActorRecord Record = new()
    {
        Name = "a", Pool = "p", Incarnation = "i", State = ActorState.Serving, Host = "h", ProcessId = 1, Device = "cpu", MaxRunning = 8, Groups = ["k"],
        Load = new EngineLoad(1, 2, 0.5, 3, 4), StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void Decode_OwnRecord_IsTheSame()
    {
        var read = Wire.Decode<ActorRecord>(Wire.Encode(Record))!;

        (read with { Groups = Record.Groups }).ShouldBe(Record);
        read.Groups.ShouldBe(Record.Groups);
    }

    [Fact]
    public void Encode_Record_HasPlainNames()
    {
        var json = Encoding.UTF8.GetString(Wire.Encode(Record));

        json.ShouldContain("\"max_running\":8");
        json.ShouldContain("\"state\":\"serving\"");
        json.ShouldContain("\"generated_tokens\":3");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"group\":null,\"actor\":\"a\",\"incarnation\":\"i\"}")]
    [InlineData("{\"group\":1,\"actor\":\"a\",\"incarnation\":\"i\"}")]
    [InlineData("[[[[[[[[[[[[[[[[[[")]
    [InlineData("\u0000\u0001")]
    public void Decode_SomethingElse_IsNull(string text) => Wire.Decode<GroupQuestion>(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void Decode_NumberForAName_IsNull() => Wire.Decode<ActorOrder>("{\"order\":1}"u8).ShouldBeNull();

    [Fact]
    public void Decode_EveryPrefixAndFlippedByteOfARecord_IsARecordOrNull()
    {
        var bytes = Wire.Encode(Record);
        for (var i = 0; i < bytes.Length; i++)
        {
            _ = Wire.Decode<ActorRecord>(bytes.AsSpan(0, i));
            var flipped = (byte[])bytes.Clone();
            flipped[i] ^= 0x15;
            _ = Wire.Decode<ActorRecord>(flipped);
        }
    }
}
