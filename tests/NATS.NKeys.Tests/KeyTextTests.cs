namespace NATS.NKeys.Tests;

public class KeyTextTests
{
    private const string Seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";

    [Fact]
    public void Base32AndCrc16_EveryLength_AreThoseOfThePlainReference()
    {
        var random = new Random(5);
        for (var length = 0; length < 100; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var letters = new char[Base32.EncodedLength(length)];
            Base32.Encode(bytes, letters);
            var back = new byte[length];

            new string(letters).ShouldBe(PlainKeyText.Base32(bytes));
            Base32.TryDecode(letters, back).ShouldBeTrue();
            back.ShouldBe(bytes);
            ((int)Crc16.Of(bytes)).ShouldBe(PlainKeyText.Remainder(bytes));
        }
    }

    [Fact] // The check value that catalogues of checksums give for CRC-16/XMODEM.
    public void Crc16_CheckText_HasTheCheckValue() => Crc16.Of("123456789"u8).ShouldBe((ushort)0x31C3);

    [Fact]
    public void FromSeed_OneLetterChanged_IsRefusedWithoutRepeatingIt()
    {
        for (var place = 0; place < Seed.Length; place++)
            foreach (var letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567a018=- é")
                if (letter != Seed[place]) ShouldBeRefused(Seed[..place] + letter + Seed[(place + 1)..]);
    }

    [Fact]
    public void FromSeed_OtherLengths_AreRefused()
    {
        for (var length = 0; length < Seed.Length; length++) ShouldBeRefused(Seed[..length]);
        ShouldBeRefused(Seed + "A");
        ShouldBeRefused(Seed + "\n");
        ShouldBeRefused(new string('S', 1_000_000));
    }

    [Theory] // Checksums fit, but: a private key's mark; a public key's; an unknown receiver; bits where zeros must be.
    [InlineData(15 << 3, 0)]
    [InlineData(20 << 3, 0)]
    [InlineData((18 << 3) | 7, 31 << 3)]
    [InlineData((18 << 3) | 5, 1)]
    public void FromSeed_SoundTextOfAnotherKind_IsRefused(byte first, byte second) =>
        ShouldBeRefused(PlainKeyText.Sealed([first, second, .. new byte[32]]));

    [Fact]
    public void FromSeed_PublicKey_IsRefused() => ShouldBeRefused("UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4");

    private static void ShouldBeRefused(string text)
    {
        var refusal = Should.Throw<NKeysException>(() => KeyPair.FromSeed(text));

        if (text.Length > 8) refusal.ToString().ShouldNotContain(text[..8]);
        refusal.InnerException.ShouldBeNull();
    }
}
