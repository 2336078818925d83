namespace NATS.NKeys;

/// <summary>CRC-16/XMODEM: polynomial 0x1021, start 0, nothing reflected.</summary>
internal static class Crc16
{
    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        var remainder = 0;
        foreach (var value in bytes)
        {
            remainder ^= value << 8;
            for (var bit = 0; bit < 8; bit++) remainder = (remainder & 0x8000) != 0 ? (remainder << 1) ^ 0x1021 : remainder << 1;
        }

        return (ushort)remainder;
    }
}
