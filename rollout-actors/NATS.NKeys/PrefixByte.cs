namespace NATS.NKeys;

/// <summary>Whom a key stands for. The value is the first byte of the public key's bytes, whose upper five bits are its first letter in base32.</summary>
/// <remarks>NATS documentation, "NKeys": <see href="https://docs.nats.io/running-a-nats-service/nats_admin/security/jwt"/>; the codes are those of github.com/nats-io/nkeys.</remarks>
public enum PrefixByte : byte
{
    /// <summary>A: an account, which users and streams belong to.</summary>
    Account = 0 << 3,

    /// <summary>C: a cluster of servers.</summary>
    Cluster = 2 << 3,

    /// <summary>N: a server.</summary>
    Server = 13 << 3,

    /// <summary>O: an operator, who signs accounts.</summary>
    Operator = 14 << 3,

    /// <summary>U: a user, who logs in.</summary>
    User = 20 << 3,
}
