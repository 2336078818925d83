namespace Rollouts;

/// <summary>
/// Groups to bytes and back, exactly: floats bit for bit, what is empty empty, what is absent absent. Transports move bodies without looking into them.
/// Bodies that are read are not trusted: whatever they hold, reading ends soon, in bounded memory, with a value or a <see cref="BodyFormatException"/>.
/// Safe to call from any thread.
/// </summary>
public interface IRolloutCodec
{
    /// <summary>The work: one group for an actor.</summary>
    /// <exception cref="BodyFormatException">The request is at odds with itself, or too large: no reader would take it.</exception>
    ReadOnlyMemory<byte> EncodeRequest(RolloutRequest request);

    /// <summary>Reads the work.</summary>
    /// <exception cref="BodyFormatException">These bytes are no such body.</exception>
    RolloutRequest DecodeRequest(ReadOnlyMemory<byte> body);

    /// <summary>The result of a group.</summary>
    /// <exception cref="BodyFormatException">The answer is at odds with itself, or too large: no reader would take it.</exception>
    ReadOnlyMemory<byte> EncodeAnswer(RolloutAnswer answer);

    /// <summary>Reads a result.</summary>
    /// <exception cref="BodyFormatException">These bytes are no such body.</exception>
    RolloutAnswer DecodeAnswer(ReadOnlyMemory<byte> body);
}
