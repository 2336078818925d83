namespace NATS.NKeys;

/// <summary>A key that is not one. The message says what is wrong with its form and holds no part of it: a seed is a secret, and messages land in logs.</summary>
public sealed class NKeysException(string message) : Exception(message);
