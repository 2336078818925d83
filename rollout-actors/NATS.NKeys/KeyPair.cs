using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace NATS.NKeys;

/// <summary>
/// An Ed25519 key pair (RFC 8032) in the notation of NATS. The server knows the public key; whoever holds the seed signs the server's challenge.
/// It has what the NATS client and a minting of JWTs need, under the names of the package that it stands in for.
/// </summary>
/// <remarks>Not for use while it is being disposed of; otherwise every member may be called from several threads.</remarks>
public sealed class KeyPair : IDisposable
{
    // Pinned, so that no copy that a collection moved stays behind when the bytes are cleared.
    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(KeyText.NumKeyBytes, pinned: true);
    private readonly PrefixByte _prefix;
    private readonly string _publicKey;
    private bool _disposed;

    private KeyPair(ReadOnlySpan<char> seed)
    {
        _prefix = KeyText.ReadSeed(seed, _seed);
        _publicKey = PublicKeyOfSeed();
    }

    private KeyPair(PrefixByte prefix)
    {
        RandomNumberGenerator.Fill(_seed);
        _prefix = prefix;
        _publicKey = PublicKeyOfSeed();
    }

    /// <summary>Reads a seed: 58 letters that begin with S.</summary>
    /// <exception cref="NKeysException">The text is no seed; the message does not repeat it.</exception>
    public static KeyPair FromSeed(ReadOnlySpan<char> encodedSeed) => new(encodedSeed);

    /// <summary>Draws a new key pair from the operating system's random numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="prefix"/> is none of the enumeration.</exception>
    public static KeyPair CreatePair(PrefixByte prefix) =>
        Enum.IsDefined(prefix) ? new(prefix) : throw new ArgumentOutOfRangeException(nameof(prefix), prefix, "Keys are for accounts, clusters, servers, operators and users.");

    /// <summary>The seed as text: the secret.</summary>
    public string GetSeed()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return KeyText.OfSeed(_prefix, _seed);
    }

    /// <summary>The public key: 56 letters, the first says whom it is for.</summary>
    public string GetPublicKey() => _publicKey;

    /// <summary>Signs with Ed25519.</summary>
    /// <param name="signature">Gets 64 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="signature"/> is shorter.</exception>
    public void Sign(ReadOnlyMemory<byte> message, Memory<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (signature.Length < Ed25519.SignatureSize)
            throw new ArgumentException($"A signature has {Ed25519.SignatureSize} bytes, there is room for {signature.Length}.", nameof(signature));
        var signed = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, message.ToArray(), 0, message.Length, signed, 0);
        signed.CopyTo(signature);
    }

    /// <summary>Clears the seed.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
    }

    private string PublicKeyOfSeed()
    {
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(_seed, 0, key, 0);
        return KeyText.OfPublicKey(_prefix, key);
    }
}
