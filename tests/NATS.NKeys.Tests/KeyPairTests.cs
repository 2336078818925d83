using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace NATS.NKeys.Tests;

public class KeyPairTests
{
    // The example of the NATS documentation, "NKeys".
    private const string DocumentedSeed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    private const string DocumentedPublicKey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

    public static TheoryData<PrefixByte> Prefixes => [.. Enum.GetValues<PrefixByte>()];

    [Fact]
    public void FromSeed_DocumentedExample_GivesItsPublicKey()
    {
        using var pair = KeyPair.FromSeed(DocumentedSeed);

        pair.GetPublicKey().ShouldBe(DocumentedPublicKey);
        pair.GetSeed().ShouldBe(DocumentedSeed);
    }

    [Theory] // RFC 8032, section 7.1, tests 1 to 3.
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Sign_VectorsOfTheRfc_GivesTheirSignatures(string seed, string publicKey, string message, string signature)
    {
        using var pair = KeyPair.FromSeed(PlainKeyText.Seed((byte)PrefixByte.User, Convert.FromHexString(seed)));
        var signed = new byte[64];
        pair.Sign(Convert.FromHexString(message), signed);

        Convert.ToHexStringLower(signed).ShouldBe(signature);
        pair.GetPublicKey().ShouldBe(PlainKeyText.PublicKey((byte)PrefixByte.User, Convert.FromHexString(publicKey)));
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void CreatePair_EveryPrefix_ReadsItsOwnSeedAndSigns(PrefixByte prefix)
    {
        using var created = KeyPair.CreatePair(prefix);
        using var read = KeyPair.FromSeed(created.GetSeed());
        var (message, signature) = (Encoding.UTF8.GetBytes("a challenge"), new byte[64]);
        read.Sign(message, signature);

        read.GetPublicKey().ShouldBe(created.GetPublicKey());
        created.GetPublicKey()[0].ShouldBe(prefix.ToString() == "Server" ? 'N' : prefix.ToString()[0]);
        created.GetSeed().ShouldStartWith("S" + created.GetPublicKey()[0]);
        Ed25519.Verify(signature, 0, PublicBytes(created), 0, message, 0, message.Length).ShouldBeTrue();
        message[0] ^= 1;
        Ed25519.Verify(signature, 0, PublicBytes(created), 0, message, 0, message.Length).ShouldBeFalse();
    }

    [Fact]
    public void CreatePair_Twice_GivesTwoKeys()
    {
        using var first = KeyPair.CreatePair(PrefixByte.Account);
        using var second = KeyPair.CreatePair(PrefixByte.Account);

        first.GetSeed().ShouldNotBe(second.GetSeed());
    }

    [Fact]
    public void Dispose_PairInUse_RefusesWhatNeedsTheSeed()
    {
        var pair = KeyPair.FromSeed(DocumentedSeed);
        pair.Dispose();
        pair.Dispose();

        Should.Throw<ObjectDisposedException>(() => pair.GetSeed());
        Should.Throw<ObjectDisposedException>(() => pair.Sign(new byte[1], new byte[64]));
        pair.GetPublicKey().ShouldBe(DocumentedPublicKey);
    }

    [Fact]
    public void Sign_ShortBuffer_IsRefused()
    {
        using var pair = KeyPair.FromSeed(DocumentedSeed);

        Should.Throw<ArgumentException>(() => pair.Sign(new byte[1], new byte[63]));
    }

    private static byte[] PublicBytes(KeyPair pair)
    {
        var bytes = new byte[35];
        Base32.TryDecode(pair.GetPublicKey(), bytes).ShouldBeTrue();
        return bytes[1..33];
    }
}
